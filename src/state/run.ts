/** The details of one run, and the curves of its metrics. */
import type { IExplorerClient } from '../api/client';
import { failureOf, type IFailure } from '../api/errors';
import type { MetricHistory, RunDetail } from '../api/types';
import { ArtifactsState } from './artifacts';
import { valueOf, type Loadable } from './loadable';
import { ModelsState } from './models';
import { Observable } from './observable';
import { isUnfinished } from './table';

/** Points of one small curve: about two per pixel of its width. */
const CURVE_POINTS = 120;
/** Metrics whose curves one request asks for. */
const CURVES_AT_ONCE = 50;

export class RunState extends Observable {
  constructor(options: { client: IExplorerClient }) {
    super();
    this._client = options.client;
    this.artifacts = new ArtifactsState({
      client: options.client,
      onActive: () => this._focus(this.artifacts)
    });
    this.models = new ModelsState({
      client: options.client,
      onActive: artifacts => this._focus(artifacts)
    });
    this._focused = this.artifacts;
  }

  override dispose(): void {
    this.models.dispose();
    this.artifacts.dispose();
    super.dispose();
  }

  /** The artifact tree of this run. */
  readonly artifacts: ArtifactsState;

  /** The logged models of this run, which have artifacts of their own. */
  readonly models: ModelsState;

  /** The tree that the user turned to last: the run's own or a model's. */
  get focusedArtifacts(): ArtifactsState {
    return this._focused;
  }

  get connection(): string | null {
    return this._connection;
  }

  get runId(): string | null {
    return this._runId;
  }

  get detail(): Loadable<RunDetail> {
    return this._detail;
  }

  /** The run as far as it is known now. */
  get value(): RunDetail | undefined {
    return valueOf(this._detail);
  }

  get isUnfinished(): boolean {
    return this.value !== undefined && isUnfinished(this.value.status);
  }

  /** Why curves are missing; null where they are not. */
  get curvesFailure(): IFailure | null {
    return this._curvesFailure;
  }

  /** The history of a metric, thinned for a small curve; undefined until it arrives. */
  curve(key: string): MetricHistory | undefined {
    return this._curves.get(key);
  }

  /** Show a run, or none. Showing the same run again does nothing. */
  async show(connection: string | null, runId: string | null): Promise<void> {
    if (connection === this._connection && runId === this._runId) {
      return;
    }
    this._connection = connection;
    this._runId = runId;
    this._detail = { status: 'idle' };
    this._curves.clear();
    this._curvesFailure = null;
    this.cancel('curves');
    this._focused = this.artifacts;
    this.artifacts.open(connection, runId);
    this.models.open(connection, runId);
    if (connection === null || runId === null) {
      this.cancel('detail');
      this.emit();
      return;
    }
    await this._load();
  }

  /** Ask again; what is shown stays until the answer is there. */
  async refresh(): Promise<void> {
    if (this._runId === null) {
      return;
    }
    const keys = [...this._curves.keys()];
    await Promise.all([
      this._load(),
      this.artifacts.refresh(),
      this.models.refresh()
    ]);
    this._curvesFailure = null;
    await this._loadCurves(keys);
  }

  /** Ask for news of a running run; rejects where the server fails, and the view stays as it is. */
  async poll(): Promise<void> {
    if (this._connection === null || this._runId === null) {
      return;
    }
    const ticket = this.begin('detail');
    const value = await this._client.run(
      this._connection,
      this._runId,
      ticket.signal
    );
    if (ticket.isWanted()) {
      this._detail = { status: 'ready', value };
      this.emit();
      await this._loadCurves([...this._curves.keys()]);
    }
  }

  /** These metrics are being looked at: load the curves that are missing. */
  lookCurves(keys: readonly string[]): void {
    const missing = keys.filter(
      key => !this._curves.has(key) && !this._asked.has(key)
    );
    if (missing.length > 0 && this._curvesFailure === null) {
      void this._loadCurves(missing);
    }
  }

  async retryCurves(keys: readonly string[]): Promise<void> {
    this._curvesFailure = null;
    await this._loadCurves(keys);
  }

  /** One entry has the focus; the other trees let go of theirs. */
  private _focus(artifacts: ArtifactsState): void {
    this._focused = artifacts;
    for (const other of [this.artifacts, ...this.models.trees]) {
      if (other !== artifacts) {
        other.setActive(null);
      }
    }
  }

  private async _load(): Promise<void> {
    const ticket = this.begin('detail');
    this._detail = { status: 'loading', previous: this.value };
    this.emit();
    try {
      const value = await this._client.run(
        this._connection ?? '',
        this._runId ?? '',
        ticket.signal
      );
      if (!ticket.isWanted()) {
        return;
      }
      this._detail = { status: 'ready', value };
    } catch (error) {
      if (!ticket.isWanted()) {
        return;
      }
      this._detail = {
        status: 'failed',
        failure: failureOf(error),
        previous: this.value
      };
    }
    this.emit();
  }

  private async _loadCurves(keys: readonly string[]): Promise<void> {
    const [connection, runId] = [this._connection, this._runId];
    if (connection === null || runId === null) {
      return;
    }
    keys.forEach(key => this._asked.add(key));
    try {
      for (let i = 0; i < keys.length; i += CURVES_AT_ONCE) {
        const answer = await this._client.metrics(
          connection,
          [runId],
          keys.slice(i, i + CURVES_AT_ONCE),
          CURVE_POINTS
        );
        if (this.isDisposed || runId !== this._runId) {
          return;
        }
        answer.histories.forEach(history =>
          this._curves.set(history.key, history)
        );
        this.emit();
      }
    } catch (error) {
      if (!this.isDisposed && runId === this._runId) {
        this._curvesFailure = failureOf(error);
        this.emit();
      }
    } finally {
      keys.forEach(key => this._asked.delete(key));
    }
  }

  private _asked = new Set<string>();
  private _client: IExplorerClient;
  private _connection: string | null = null;
  private _curves = new Map<string, MetricHistory>();
  private _curvesFailure: IFailure | null = null;
  private _detail: Loadable<RunDetail> = { status: 'idle' };
  private _focused: ArtifactsState;
  private _runId: string | null = null;
}
