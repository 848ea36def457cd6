/** The runs of the chosen experiments: query, paging, nesting, and which are chosen. */
import type { IExplorerClient } from '../api/client';
import type { IFailure } from '../api/errors';
import type { Columns, View } from '../api/types';
import { arrange, type IRunLine } from './nesting';
import { Observable } from './observable';
import { Pages } from './pages';
import { likelyMetric, recognise } from './query';
import { fetchPage, fetchRows, type IRunsScope } from './runsource';
import { Selection } from './selection';
import { isUnfinished, type IRunRow } from './table';

/** An order clause such as `metrics.auc DESC`; the empty one is newest first. */
export type Order = string;

/** Later pages are big, so that the last of 10,000 runs is ten requests away. */
const LATER_PAGE = 1000;
/** Lines before the end at which the next page is asked for, where the store does not count. */
const LOOK_AHEAD = 5;
/** Unfinished runs below the first page that one poll asks for. */
const MAX_POLLED = 100;

export class RunsState extends Observable {
  constructor(options: RunsState.IOptions) {
    super();
    this._client = options.client;
    this._pageSize = options.pageSize ?? 100;
    this._pages = new Pages<IRunRow>({
      fetch: (token, which, signal) => this._fetch(token, which, signal),
      id: row => row.runId
    });
    this._pages.stateChanged.connect(this._onPagesChanged, this);
  }

  override dispose(): void {
    this._pages.dispose();
    super.dispose();
  }

  get connection(): string | null {
    return this._connection;
  }

  get experimentIds(): readonly string[] {
    return this._experimentIds;
  }

  /** The list as it is drawn: children below their parents, or flat. */
  get lines(): readonly IRunLine[] {
    this._lines ??= arrange(
      this._pages.items,
      this.isNested,
      this._expanded,
      this._pages.total
    );
    return this._lines;
  }

  /** Number of runs loaded, hidden children included. */
  get loaded(): number {
    return this._pages.items.length;
  }

  /** Number of runs that match; null where the store does not count. */
  get total(): number | null {
    return this._pages.total;
  }

  /** Lines to make room for: those there are, and one for each run that is still to come. */
  get lineCount(): number {
    const missing =
      this.total === null ? 0 : Math.max(0, this.total - this.loaded);
    return this.lines.length + missing;
  }

  get isLoading(): boolean {
    return this._pages.isLoading;
  }

  get isStale(): boolean {
    return this._pages.isStale;
  }

  get hasLoaded(): boolean {
    return this._pages.hasLoaded;
  }

  get isComplete(): boolean {
    return this._pages.isComplete;
  }

  get failure(): IFailure | null {
    return this._pages.failure;
  }

  /** Text of the search box: plain text or a filter, see `recognise`. */
  get query(): string {
    return this._query;
  }

  get order(): Order {
    return this._order;
  }

  get view(): View {
    return this._view;
  }

  /** The metric shown beside names; null for none. */
  get metric(): string | null {
    return this._metric;
  }

  /** Keys that occur in these experiments; undefined until they arrive. */
  get columns(): Columns | undefined {
    return this._columns;
  }

  /** Children go below their parents only where the order is that of time and nothing is left out. */
  get isNested(): boolean {
    return this._order === '' && recognise(this._query) === 'empty';
  }

  get selection(): Selection {
    return this._selection;
  }

  /** The line with the keyboard focus. */
  get active(): string | null {
    return this._active;
  }

  /** Chosen run ids, in the order of the list, those not in it last. */
  get selectedIds(): string[] {
    return this._selection.inOrder(this._ids());
  }

  /** How many chosen runs are not among the loaded lines (another experiment, or left out by the search). */
  get hiddenSelected(): number {
    const shown = new Set(this._pages.items.map(row => row.runId));
    return this._selection.ids.filter(id => !shown.has(id)).length;
  }

  get hasUnfinished(): boolean {
    return this._pages.items.some(row => isUnfinished(row.status));
  }

  row(runId: string): IRunRow | undefined {
    return this._pages.items.find(row => row.runId === runId);
  }

  /** Restore what was asked for before a reload; nothing is loaded yet. */
  restore(state: Partial<RunsState.ISaved>): void {
    this._query = state.query ?? this._query;
    this._order = state.order ?? this._order;
    this._view = state.view ?? this._view;
    if (state.metric !== undefined) {
      this._metric = state.metric;
      this._isMetricChosen = state.metric !== null;
    }
    if (state.active) {
      this._active = state.active;
      this._selection = new Selection(state.selected ?? [], state.active);
    }
  }

  /** What `restore` wants. */
  save(): RunsState.ISaved {
    return {
      query: this._query,
      order: this._order,
      view: this._view,
      metric: this._metric,
      active: this._active,
      selected: this._selection.ids.slice(0, 100)
    };
  }

  /** Rows of the first page; takes effect on the next load. */
  setPageSize(size: number): void {
    this._pageSize = size;
  }

  /**
   * Show the runs of these experiments. The selection survives another experiment but not another connection.
   */
  async open(
    connection: string | null,
    experimentIds: readonly string[]
  ): Promise<void> {
    if (this._connection !== null && connection !== this._connection) {
      this._selection = new Selection();
      this._active = null;
    }
    this._connection = connection;
    this._experimentIds = experimentIds;
    this._expanded = new Set();
    this._columns = undefined;
    this.cancel('columns');
    this.cancel('poll');
    this._pages.reset();
    if (connection !== null && experimentIds.length > 0) {
      await Promise.all([this._pages.restart(), this._loadColumns()]);
    }
  }

  /** Ask again from the first page; rows stay until the answer is there. */
  async reload(): Promise<void> {
    if (this._connection !== null && this._experimentIds.length > 0) {
      this.cancel('poll');
      await Promise.all([this._pages.restart(), this._loadColumns()]);
    }
  }

  retry(): Promise<void> {
    return this._pages.retry();
  }

  /** The lines up to this index are being looked at. */
  look(index: number): void {
    const hidden = this.loaded - this.lines.length;
    const isNearEnd = index >= this.lines.length - LOOK_AHEAD;
    void this._pages.ensure(
      Math.max(index + 1 + hidden, isNearEnd ? this.loaded + 1 : 0)
    );
  }

  setQuery(text: string): void {
    if (text !== this._query) {
      this._query = text;
      this._restart();
    }
  }

  setOrder(order: Order): void {
    if (order !== this._order) {
      this._order = order;
      this._restart();
    }
  }

  setView(view: View): void {
    if (view !== this._view) {
      this._view = view;
      this._restart();
    }
  }

  setMetric(metric: string | null): void {
    this._isMetricChosen = true;
    if (metric !== this._metric) {
      this._metric = metric;
      this._restart();
    }
  }

  /** Show or hide the children of a run. */
  setExpanded(runId: string, isExpanded: boolean): void {
    if (this._expanded.has(runId) === isExpanded) {
      return;
    }
    this._expanded = new Set(this._expanded);
    if (isExpanded) {
      this._expanded.add(runId);
    } else {
      this._expanded.delete(runId);
    }
    this._lines = null;
    this.emit();
  }

  /** Change what is chosen, as a click or key would. */
  select(
    runId: string,
    how: 'only' | 'toggle' | 'extend' | 'extend-more' = 'only'
  ): void {
    const before = this._selection;
    switch (how) {
      case 'only':
        this._selection = before.only(runId);
        break;
      case 'toggle':
        this._selection = before.toggle(runId);
        break;
      default:
        this._selection = before.extend(
          runId,
          this._ids(),
          how === 'extend-more'
        );
    }
    this._active = runId;
    this.emit();
  }

  /** Choose exactly these, for commands and other extensions. */
  setSelected(runIds: readonly string[]): void {
    this._selection = new Selection([...new Set(runIds)], runIds[0] ?? null);
    this._active = runIds[0] ?? this._active;
    this.emit();
  }

  /** Take over what was chosen in another view of the same store. */
  setSelection(selection: Selection): void {
    this._selection = selection;
    this.emit();
  }

  /** Choose every line shown (those loaded; children only where their parent is expanded). */
  selectAll(): void {
    this._selection = this._selection.all(this._ids());
    this.emit();
  }

  clearSelection(): void {
    if (this._selection.size > 0) {
      this._selection = this._selection.clear();
      this.emit();
    }
  }

  setActive(runId: string | null): void {
    if (runId !== this._active) {
      this._active = runId;
      this.emit();
    }
  }

  /** Move the keyboard focus by lines, from the first line if it is nowhere; returns the new line. */
  step(delta: number): string | null {
    const ids = this._ids();
    if (ids.length === 0) {
      return null;
    }
    const at = this._active === null ? -1 : ids.indexOf(this._active);
    const next = at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + delta));
    this.setActive(ids[next]);
    return ids[next];
  }

  /** Load to the end and go to the last line; null if that did not succeed. */
  async last(): Promise<string | null> {
    if (!this.isComplete) {
      await this._pages.ensure(this.total ?? this.loaded + LATER_PAGE);
    }
    const line = this.lines[this.lines.length - 1];
    this.setActive(line?.row.runId ?? null);
    return line?.row.runId ?? null;
  }

  /**
   * Look for new runs and for news of unfinished ones, without touching what is shown otherwise.
   *
   * Rejects where the server fails, so that the caller waits longer; the list itself does not show it.
   */
  async poll(): Promise<void> {
    if (this._connection === null || !this.hasLoaded || this.isLoading) {
      return;
    }
    const ticket = this.begin('poll');
    const first = await this._fetch(null, 'first', ticket.signal);
    if (!ticket.isWanted()) {
      return;
    }
    const seen = new Set(first.items.map(row => row.runId));
    const others = this._pages.items
      .filter(row => isUnfinished(row.status) && !seen.has(row.runId))
      .slice(0, MAX_POLLED)
      .map(row => row.runId);
    const rest = others.length
      ? await fetchRows(this._client, this._scope(), others, ticket.signal)
      : [];
    if (!ticket.isWanted()) {
      return;
    }
    const known = new Set(this._pages.items.map(row => row.runId));
    // Only the default order puts new runs at the front; in others they appear with the next reload.
    this._pages.merge([
      ...first.items.filter(row => this.isNested || known.has(row.runId)),
      ...rest.filter(row => known.has(row.runId))
    ]);
  }

  private _restart(): void {
    this.cancel('poll');
    if (this._connection !== null && this._experimentIds.length > 0) {
      void this._pages.restart();
    } else {
      this.emit();
    }
  }

  private _fetch(
    token: string | null,
    which: 'first' | 'later',
    signal: AbortSignal
  ): Promise<Pages.IPage<IRunRow>> {
    return fetchPage(
      this._client,
      {
        ...this._scope(),
        query: this._query,
        order: this._order,
        view: this._view,
        limit:
          which === 'first'
            ? this._pageSize
            : Math.max(this._pageSize, LATER_PAGE),
        token
      },
      signal
    );
  }

  private _scope(): IRunsScope {
    return {
      connection: this._connection ?? '',
      experimentIds: this._experimentIds,
      metric: this._metric
    };
  }

  /** Known keys serve completion and menus only, so a failure here is not shown. */
  private async _loadColumns(): Promise<void> {
    const ticket = this.begin('columns');
    try {
      const columns = await this._client.columns(
        this._connection ?? '',
        this._experimentIds,
        ticket.signal
      );
      if (!ticket.isWanted()) {
        return;
      }
      this._columns = columns;
    } catch {
      return;
    }
    this._chooseMetric();
    this.emit();
  }

  /** Until the user chooses a metric, or where these runs do not know the chosen one, take a likely one. */
  private _chooseMetric(): void {
    const known = this._columns?.metrics ?? [];
    const isKnown = this._metric !== null && known.includes(this._metric);
    const wantsNone = this._isMetricChosen && this._metric === null;
    if (isKnown || wantsNone || known.length === 0) {
      return;
    }
    const metric = likelyMetric(known);
    if (metric !== this._metric) {
      this._metric = metric;
      this._isMetricChosen = false;
      this._restart();
    }
  }

  private _ids(): string[] {
    return this.lines.map(line => line.row.runId);
  }

  private _onPagesChanged(): void {
    this._lines = null;
    this.emit();
  }

  private _active: string | null = null;
  private _client: IExplorerClient;
  private _columns: Columns | undefined;
  private _connection: string | null = null;
  private _expanded = new Set<string>();
  private _experimentIds: readonly string[] = [];
  private _isMetricChosen = false;
  private _lines: readonly IRunLine[] | null = null;
  private _metric: string | null = null;
  private _order: Order = '';
  private _pages: Pages<IRunRow>;
  private _pageSize: number;
  private _query = '';
  private _selection = new Selection();
  private _view: View = 'active';
}

/** The namespace for `RunsState` types. */
export namespace RunsState {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    /** Rows of the first page. */
    pageSize?: number;
  }

  /** What survives a reload of the page. */
  export interface ISaved {
    query: string;
    order: Order;
    view: View;
    metric: string | null;
    active: string | null;
    selected: readonly string[];
  }
}
