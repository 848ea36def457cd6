/** The root of all state: owns the children, passes choices from one to the next, and knows what to save. */
import { Poll, type IPoll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IExplorerClient } from '../api/client';
import type { View } from '../api/types';
import { ConnectionsState } from './connections';
import { ExperimentsState } from './experiments';
import { Observable } from './observable';
import { RunState } from './run';
import { RunsState } from './runs';

/** How long the keyboard must rest on a run before its details are asked for. */
const SHOW_DELAY_MS = 120;
/** The longest pause between two polls of a server that fails or has nothing new. */
const MAX_POLL_MS = 5 * 60_000;

export class ExplorerState extends Observable {
  constructor(options: ExplorerState.IOptions) {
    super();
    const { client } = options;
    this._prepare = options.prepare;
    this.connections = new ConnectionsState({ client });
    this.experiments = new ExperimentsState({ client });
    this.runs = new RunsState({ client, pageSize: options.pageSize });
    this.run = new RunState({ client });
    this.connections.stateChanged.connect(this._onConnectionsChanged, this);
    this.experiments.stateChanged.connect(this._onExperimentsChanged, this);
    this.runs.stateChanged.connect(this._onRunsChanged, this);
    this._poll = new Poll({
      auto: false,
      name: 'jupyter-mlflow-explorer:unfinished-runs',
      factory: () => this._refreshUnfinished(),
      frequency: this._frequency(options.refreshIntervalMs ?? 10_000),
      standby: () => (this._isActive ? 'when-hidden' : true)
    });
  }

  readonly connections: ConnectionsState;
  readonly experiments: ExperimentsState;
  readonly runs: RunsState;
  readonly run: RunState;

  /** Emitted when the set of chosen runs changes. */
  get selectionChanged(): ISignal<this, readonly string[]> {
    return this._selectionChanged;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearTimeout(this._timer);
    this._poll.dispose();
    this.run.dispose();
    this.runs.dispose();
    this.experiments.dispose();
    this.connections.dispose();
    super.dispose();
  }

  /** Whether anybody is looking. The first time somebody does, loading begins. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(isActive: boolean) {
    if (isActive === this._isActive) {
      return;
    }
    this._isActive = isActive;
    if (isActive) {
      void this.start();
      void this._poll.start();
    }
  }

  /** Load the connections and what was open before; later calls return the same promise. */
  start(): Promise<void> {
    this._started ??= this._start();
    return this._started;
  }

  /** Seconds between polls of unfinished runs, and rows of the first page: from the settings. */
  configure(options: { refreshIntervalMs: number; pageSize: number }): void {
    this._poll.frequency = this._frequency(options.refreshIntervalMs);
    this.runs.setPageSize(options.pageSize);
  }

  /** Ask again for everything shown. */
  async refresh(): Promise<void> {
    await this.connections.load();
    await Promise.all([
      this.connections.check(),
      this.experiments.reload(),
      this.runs.reload(),
      this.run.refresh()
    ]);
  }

  /** Make the details follow this run at once. */
  show(runId: string, connection?: string): void {
    clearTimeout(this._timer);
    const id = connection ?? this.connections.currentId;
    void this.run.show(id, runId);
  }

  /** What survives a reload of the page. */
  save(): ExplorerState.ISaved {
    return {
      connection: this.connections.currentId ?? this._restored.connection,
      experiments: this.connections.currentId
        ? this.experiments.selection.ids.slice(0, 100)
        : this._restored.experiments,
      experimentsView: this.experiments.view,
      ...this.runs.save()
    };
  }

  /** Take up what was saved; call it before `start`. `fallback` is the connection from the settings. */
  restore(
    saved: Partial<ExplorerState.ISaved>,
    fallback: string | null = null
  ): void {
    this._restored = {
      connection: saved.connection ?? null,
      experiments: saved.experiments ?? []
    };
    this.experiments.restore(saved.experimentsView ?? 'active');
    this.runs.restore(saved);
    this.connections.prefer(saved.connection, fallback);
  }

  private async _start(): Promise<void> {
    await this._prepare?.();
    await this.connections.load();
  }

  private _frequency(intervalMs: number): IPoll.Frequency {
    return {
      interval: intervalMs > 0 ? intervalMs : Poll.NEVER,
      backoff: true,
      max: Math.max(intervalMs, MAX_POLL_MS)
    };
  }

  private async _refreshUnfinished(): Promise<void> {
    if (this.runs.hasUnfinished) {
      await this.runs.poll();
    }
    if (this.run.isUnfinished) {
      await this.run.poll();
    }
  }

  private _onConnectionsChanged(): void {
    const id = this.connections.currentId;
    if (id !== this._connection) {
      this._connection = id;
      const wasSaved = id !== null && id === this._restored.connection;
      const chosen = wasSaved ? this._restored.experiments : [];
      this._restored = { connection: null, experiments: [] };
      void this.experiments.open(id, chosen);
      void this.connections.check();
    }
    this.emit();
  }

  private _onExperimentsChanged(): void {
    const connection = this.experiments.connection;
    const key = JSON.stringify([connection, this.experiments.selection.ids]);
    if (key !== this._experimentsKey) {
      this._experimentsKey = key;
      void this.runs.open(connection, this.experiments.selectedIds);
    }
    this.emit();
  }

  private _onRunsChanged(): void {
    const { active, connection } = this.runs;
    const shown = JSON.stringify([connection, active]);
    if (shown !== this._shown) {
      this._shown = shown;
      clearTimeout(this._timer);
      this._timer = setTimeout(
        () => void this.run.show(connection, active),
        SHOW_DELAY_MS
      );
    }
    const key = this.runs.selection.ids.join('\n');
    if (key !== this._selectionKey) {
      this._selectionKey = key;
      this._selectionChanged.emit(this.runs.selectedIds);
    }
    this.emit();
  }

  private _connection: string | null = null;
  private _experimentsKey = '';
  private _isActive = false;
  private _poll: Poll;
  private _prepare: (() => Promise<void>) | undefined;
  private _restored: { connection: string | null; experiments: string[] } = {
    connection: null,
    experiments: []
  };
  private _selectionChanged = new Signal<this, readonly string[]>(this);
  private _selectionKey = '';
  private _shown = '';
  private _started: Promise<void> | undefined;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

/** The namespace for `ExplorerState` types. */
export namespace ExplorerState {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    /** Awaited before the first request: settings and saved state. */
    prepare?: () => Promise<void>;
    pageSize?: number;
    /** Pause between two polls of unfinished runs; 0 turns them off. */
    refreshIntervalMs?: number;
  }

  /** What survives a reload of the page. */
  export interface ISaved extends RunsState.ISaved {
    connection: string | null;
    experiments: string[];
    experimentsView: View;
  }
}
