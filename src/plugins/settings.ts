/** The settings of `schema/panel.json`, typed, with their defaults where there is no registry. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal, type ISignal } from '@lumino/signaling';
import type { Naming } from '../api/types';

const PLUGIN_ID = 'jupyter-mlflow-explorer:panel';

export class PanelSettings {
  constructor(registry: ISettingRegistry | null) {
    this.ready = registry ? this._load(registry) : Promise.resolve();
  }

  /** Resolves when the user's values are there; never rejects. */
  readonly ready: Promise<void>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Id or name of the connection to open first; '' for the server's default. */
  get defaultConnection(): string {
    return this._get('defaultConnection', '');
  }

  /** Whether inserted cells are run at once. */
  get runAfterInsert(): boolean {
    return this._get('runAfterInsert', false);
  }

  /** Rows of the first page of runs. */
  get pageSize(): number {
    return this._get('pageSize', 100);
  }

  /** Artifacts above this size are not opened without asking. */
  get openLimitBytes(): number {
    return this._get('openLimitMb', 20) * 1e6;
  }

  /** Library that draws the plots of inserted cells. */
  get plotLibrary(): string {
    return this._get('plotLibrary', 'matplotlib');
  }

  /** How run names are split into columns; null where they are not. */
  get naming(): Naming | null {
    const pattern = this._get('runNamePattern', '').trim();
    const registry = this._get('runNameRegistry', '').trim();
    return pattern
      ? { pattern, source: 'attributes.run_name', registry: registry || null }
      : null;
  }

  /** Pause between two looks at unfinished runs; 0 for none. */
  get refreshIntervalMs(): number {
    return this._get('refreshIntervalS', 10) * 1000;
  }

  /** Recipe of a double-click and of a drag. */
  get defaultRecipe(): string {
    return this._get('defaultRecipe', 'automatic');
  }

  private async _load(registry: ISettingRegistry): Promise<void> {
    try {
      this._settings = await registry.load(PLUGIN_ID);
    } catch (error) {
      console.warn('The settings of the MLflow explorer are missing.', error);
      return;
    }
    this._settings.changed.connect(this._onChanged, this);
    this._changed.emit();
  }

  private _get<T extends string | number | boolean>(
    key: string,
    fallback: T
  ): T {
    const value = this._settings?.get(key).composite;
    return typeof value === typeof fallback ? (value as T) : fallback;
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;
}
