/** The artifacts of one run or logged model as a tree that loads folder by folder, page by page. */
import type { IExplorerClient } from '../api/client';
import type { IFailure } from '../api/errors';
import type { Artifact } from '../api/types';
import { Observable } from './observable';
import { Pages } from './pages';

/** One line of the drawn tree. */
export type IArtifactLine =
  | {
      readonly kind: 'entry';
      readonly entry: Artifact;
      readonly depth: number;
      readonly isExpanded: boolean;
      /** 1-based position in its folder. */
      readonly position: number;
      /** Entries of its folder; null while more may come. */
      readonly siblings: number | null;
    }
  | { readonly kind: 'more'; readonly folder: string; readonly depth: number }
  | { readonly kind: 'empty'; readonly folder: string; readonly depth: number }
  | {
      readonly kind: 'failed';
      readonly folder: string;
      readonly depth: number;
      readonly failure: IFailure;
    };

/** The folder of a path; '' for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export class ArtifactsState extends Observable {
  constructor(options: {
    client: IExplorerClient;
    /** Called when the user turns to an entry of this tree. */
    onActive?: () => void;
  }) {
    super();
    this._client = options.client;
    this._onActive = options.onActive;
  }

  override dispose(): void {
    this._forget();
    super.dispose();
  }

  get connection(): string | null {
    return this._connection;
  }

  /** The run; for a logged model the one that logged it. */
  get runId(): string | null {
    return this._runId;
  }

  /** The logged model that has these artifacts; null where the run has them. */
  get modelId(): string | null {
    return this._modelId;
  }

  /** Differs where the artifacts are others. */
  get key(): string {
    return JSON.stringify([this._connection, this._runId, this._modelId]);
  }

  /** The entry with the keyboard focus. */
  get active(): string | null {
    return this._active;
  }

  get activeEntry(): Artifact | undefined {
    return this._active === null ? undefined : this.entry(this._active);
  }

  get lines(): readonly IArtifactLine[] {
    if (this._lines === null) {
      this._lines = [];
      if (this._runId !== null) {
        this._addLines('', 0, this._lines);
      }
    }
    return this._lines;
  }

  /** Whether the root has been asked for. */
  get isOpen(): boolean {
    return this._folders.has('');
  }

  /** An entry of a folder that is loaded. */
  entry(path: string): Artifact | undefined {
    return this._folders
      .get(folderOf(path))
      ?.items.find(entry => entry.path === path);
  }

  /** Forget everything and stand at another run or logged model; nothing is loaded before `load`. */
  open(
    connection: string | null,
    runId: string | null,
    modelId: string | null = null
  ): void {
    this._forget();
    this._connection = connection;
    this._runId = runId;
    this._modelId = modelId;
    this._expanded = new Set();
    this._active = null;
    this._changed();
  }

  /** Load the root, if that has not been done. */
  async load(): Promise<void> {
    if (this._runId !== null && !this.isOpen) {
      await this._folder('').restart();
    }
  }

  /** Ask again for every folder that was opened. */
  async refresh(): Promise<void> {
    await Promise.all(
      [...this._folders.values()].map(folder => folder.restart())
    );
  }

  async setExpanded(path: string, isExpanded: boolean): Promise<void> {
    if (this._expanded.has(path) === isExpanded) {
      return;
    }
    this._expanded = new Set(this._expanded);
    if (isExpanded) {
      this._expanded.add(path);
    } else {
      this._expanded.delete(path);
    }
    this._changed();
    const folder = this._folder(path);
    if (isExpanded && !folder.hasLoaded && !folder.isLoading) {
      await folder.restart();
    }
  }

  setActive(path: string | null): void {
    if (path !== null) {
      this._onActive?.();
    }
    if (path !== this._active) {
      this._active = path;
      this.emit();
    }
  }

  /** The end of this folder is being looked at. */
  more(folder: string): void {
    const pages = this._folders.get(folder);
    if (pages && !pages.isLoading) {
      void pages.ensure(pages.items.length + 1);
    }
  }

  retry(folder: string): void {
    void this._folders.get(folder)?.retry();
  }

  private _addLines(
    folder: string,
    depth: number,
    lines: IArtifactLine[]
  ): void {
    const pages = this._folders.get(folder);
    if (!pages) {
      return;
    }
    pages.items.forEach((entry, index) => {
      const isExpanded = entry.is_dir && this._expanded.has(entry.path);
      lines.push({
        kind: 'entry',
        entry,
        depth,
        isExpanded,
        position: index + 1,
        siblings: pages.total
      });
      if (isExpanded) {
        this._addLines(entry.path, depth + 1, lines);
      }
    });
    if (pages.failure) {
      lines.push({ kind: 'failed', folder, depth, failure: pages.failure });
    } else if (!pages.isComplete) {
      lines.push({ kind: 'more', folder, depth });
    } else if (pages.items.length === 0) {
      lines.push({ kind: 'empty', folder, depth });
    }
  }

  private _folder(path: string): Pages<Artifact> {
    let folder = this._folders.get(path);
    if (!folder) {
      folder = new Pages<Artifact>({
        fetch: async (token, _which, signal) => {
          const page = await this._client.artifacts(
            this._connection ?? '',
            { runId: this._runId, modelId: this._modelId },
            path,
            token,
            signal
          );
          return {
            items: page.entries,
            nextPageToken: page.next_page_token ?? null,
            total: page.total ?? null
          };
        },
        id: entry => entry.path
      });
      folder.stateChanged.connect(this._changed, this);
      this._folders.set(path, folder);
    }
    return folder;
  }

  private _forget(): void {
    this._folders.forEach(folder => folder.dispose());
    this._folders.clear();
    this._lines = null;
  }

  private _changed(): void {
    this._lines = null;
    this.emit();
  }

  private _active: string | null = null;
  private _client: IExplorerClient;
  private _connection: string | null = null;
  private _expanded = new Set<string>();
  private _folders = new Map<string, Pages<Artifact>>();
  private _lines: IArtifactLine[] | null = null;
  private _modelId: string | null = null;
  private _onActive: (() => void) | undefined;
  private _runId: string | null = null;
}
