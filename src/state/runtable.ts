/** The runs table of some experiments: rows by pages, values by what is in view, layout, and the shared selection. */
import type { IExplorerClient } from '../api/client';
import type { IFailure } from '../api/errors';
import type { View } from '../api/types';
import { Observable } from './observable';
import { Pages } from './pages';
import { searchParameters } from './query';
import type { RunsState } from './runs';
import { Selection } from './selection';
import { tableColumns, toRows, type IRunRow } from './table';
import { TableColumns } from './tablecolumns';
import {
  DURATION_COLUMN,
  END_COLUMN,
  EXPERIMENT_COLUMN,
  kindOf,
  NAME_COLUMN,
  nextOrder,
  RUN_ID_COLUMN,
  START_COLUMN,
  STATUS_COLUMN,
  type ColumnId,
  type ITableLayout
} from './tablelayout';
import type { CellValue } from './tablevalues';
import {
  BLOCK_COLUMNS,
  BLOCK_RUNS,
  ValueLoader,
  type IArea
} from './valueloader';

/** Rows of the first page, which is drawn soon, and of the others, so that the last of 10,000 is not far. */
const FIRST_PAGE = 100;
const LATER_PAGE = 1000;
const LOOK_AHEAD = 10;
/** Loaded runs by which columns are judged empty or equal. */
export const MAX_JUDGED = 500;

/** What every row has without being asked for it. */
const IN_ROW: ReadonlyMap<ColumnId, (row: IRunRow) => CellValue> = new Map<
  ColumnId,
  (row: IRunRow) => CellValue
>([
  [NAME_COLUMN, row => row.name],
  [STATUS_COLUMN, row => row.status],
  [START_COLUMN, row => row.startTimeMs],
  [END_COLUMN, row => row.endTimeMs],
  [RUN_ID_COLUMN, row => row.runId],
  [EXPERIMENT_COLUMN, row => row.experimentId],
  [
    DURATION_COLUMN,
    row =>
      row.startTimeMs === null || row.endTimeMs === null
        ? null
        : row.endTimeMs - row.startTimeMs
  ]
]);

/** Rows and columns that are looked at. */
interface IWindow {
  first: number;
  last: number;
  columns: readonly ColumnId[];
}

export class RunTableState extends Observable {
  constructor(options: RunTableState.IOptions) {
    super();
    this._client = options.client;
    this._panel = options.panel;
    this.connection = options.connection;
    this.experimentIds = options.experimentIds;
    this.columns = new TableColumns({
      ...options,
      metric: () => this._panel.metric,
      judge: column =>
        this._loader.values.judge(column, this.ids.slice(0, MAX_JUDGED)),
      judged: () => this.judged
    });
    this.columns.stateChanged.connect(this._onColumnsChanged, this);
    if (this.isFollowing) {
      this._query = this._panel.query;
      this._view = this._panel.view;
    }
    this._loader = new ValueLoader(options);
    this._loader.stateChanged.connect(this._changed, this);
    this._pages = new Pages<IRunRow>({
      fetch: (token, which, signal) => this._fetch(token, which, signal),
      id: row => row.runId
    });
    this._pages.stateChanged.connect(this._onPagesChanged, this);
    this._panel.stateChanged.connect(this._onPanelChanged, this);
  }

  readonly connection: string;
  readonly experimentIds: readonly string[];
  readonly columns: TableColumns;

  override dispose(): void {
    if (!this.isDisposed) {
      this._panel.stateChanged.disconnect(this._onPanelChanged, this);
      this._pages.dispose();
      this._loader.dispose();
      this.columns.dispose();
      super.dispose();
    }
  }

  /** The rows loaded, in the server's order. */
  get rows(): readonly IRunRow[] {
    return this._pages.items;
  }

  /** Their ids; the same array until they change. */
  get ids(): readonly string[] {
    this._ids ??= this._pages.items.map(row => row.runId);
    return this._ids;
  }

  /** How many runs match; null where the store does not count. */
  get total(): number | null {
    return this._pages.total;
  }

  /** Rows to make room for: those loaded, and those still to come where their number is known. */
  get rowCount(): number {
    return Math.max(this.rows.length, this.total ?? 0);
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

  /** Why rows or values did not arrive. */
  get failure(): IFailure | null {
    return this._pages.failure ?? this._loader.failure;
  }

  get query(): string {
    return this._query;
  }

  get view(): View {
    return this._view;
  }

  /** Number of loaded runs by which columns are judged. */
  get judged(): number {
    return Math.min(this.rows.length, MAX_JUDGED);
  }

  /** Whether the panel shows the same experiments, so that both have one search. */
  get isFollowing(): boolean {
    return (
      this._panel.connection === this.connection &&
      sameSet(this._panel.experimentIds, this.experimentIds)
    );
  }

  /** Whether the panel shows the same store, so that both have one selection. */
  get isShared(): boolean {
    return this._panel.connection === this.connection;
  }

  get selection(): Selection {
    return this.isShared ? this._panel.selection : this._own;
  }

  /** Ticked runs in the order of the table, those not in it last. */
  get selectedIds(): string[] {
    return this.selection.inOrder(this.ids);
  }

  /** The row with the keyboard focus; -1 is the header. */
  get activeRow(): number {
    return Math.min(this._activeRow, Math.max(-1, this.rows.length - 1));
  }

  /** The column with the keyboard focus; 0 is that of the name. */
  get activeColumn(): number {
    return Math.min(this._activeColumn, this.columns.shown.length);
  }

  /** What a cell holds; undefined while it is on its way. */
  cell(row: IRunRow, column: ColumnId): CellValue | undefined {
    const inRow = IN_ROW.get(column);
    return inRow ? inRow(row) : this._loader.values.get(row.runId, column);
  }

  /** Whether this is the best value of its metric among the loaded runs. */
  isBest(row: IRunRow, column: ColumnId): boolean {
    if (kindOf(column) !== 'metrics') {
      return false;
    }
    const best = this._loader.values.best(
      column,
      this.columns.direction(column),
      this.ids
    );
    return best !== null && this._loader.values.get(row.runId, column) === best;
  }

  /** Load the first page and the keys. */
  async load(): Promise<void> {
    await Promise.all([this._pages.restart(), this.columns.load()]);
  }

  /** Ask for everything again; what is shown stays until the answer is there. */
  async reload(): Promise<void> {
    this._loader.forget();
    await this.load();
  }

  /** Try again what failed. */
  async retry(): Promise<void> {
    this._loader.retry();
    if (this._pages.failure) {
      await this._pages.retry();
    } else {
      this._changed();
    }
  }

  /** These rows and columns are in view. */
  look(first: number, last: number, columns: readonly ColumnId[]): void {
    this._window = { first, last, columns };
    const { length } = this.rows;
    void this._pages.ensure(
      last >= length - LOOK_AHEAD ? Math.max(last, length) + 1 : 0
    );
    this._pump();
  }

  setQuery(query: string): void {
    if (query === this._query) {
      return;
    }
    this._query = query;
    this._restart();
    if (this.isFollowing) {
      this._panel.setQuery(query);
    }
  }

  setView(view: View): void {
    if (view === this._view) {
      return;
    }
    this._view = view;
    this._restart();
    if (this.isFollowing) {
      this._panel.setView(view);
    }
  }

  /** As a click on a header does: best first, the other way round, the usual order. */
  sortBy(column: ColumnId): void {
    this.setOrder(
      nextOrder(
        this.columns.layout.order,
        column,
        this.columns.direction(column)
      )
    );
  }

  setOrder(order: string): void {
    if (order !== this.columns.layout.order) {
      this.columns.set({ order });
      this._restart();
    }
  }

  /** Move the column with the keyboard focus by places; the focus goes with it. */
  shiftActive(delta: number): void {
    const column = this.columns.shown[this.activeColumn - 1];
    if (column !== undefined && this.columns.shift(column, delta)) {
      this.setActive(this._activeRow, 1 + this.columns.shown.indexOf(column));
    }
  }

  /** Put the keyboard focus on a cell; the panel's details follow. */
  setActive(row: number, column: number): void {
    const last = Math.max(-1, this.rows.length - 1);
    const nextRow = Math.min(last, Math.max(-1, row));
    const nextColumn = Math.min(this.columns.shown.length, Math.max(0, column));
    if (nextRow === this._activeRow && nextColumn === this._activeColumn) {
      return;
    }
    this._activeRow = nextRow;
    this._activeColumn = nextColumn;
    this.emit();
    const runId = this.ids[nextRow];
    if (this.isShared && runId !== undefined) {
      this._panel.setActive(runId);
    }
  }

  /** Load all rows and go to the last one. */
  async goToEnd(): Promise<void> {
    while (!this.isComplete && this._pages.failure === null) {
      const { length } = this.rows;
      await this._pages.ensure(this.total ?? length + LATER_PAGE);
      if (this.isDisposed || this.rows.length === length) {
        break;
      }
    }
    this.setActive(this.rows.length - 1, this._activeColumn);
  }

  /** Tick a run or take its tick away; `extend` ticks all from the last one on. */
  tick(runId: string, how: 'toggle' | 'extend' | 'only' = 'toggle'): void {
    const before = this.selection;
    this._select(
      how === 'extend'
        ? before.extend(runId, this.ids, true)
        : how === 'only'
          ? before.only(runId)
          : before.toggle(runId)
    );
  }

  /** Tick all loaded rows, or take all ticks away. */
  tickAll(isTicked: boolean): void {
    this._select(
      isTicked ? this.selection.all(this.ids) : this.selection.clear()
    );
  }

  /**
   * The rows to copy, the ticked ones or else all loaded ones, once the values of all columns shown are there.
   *
   * Rejects where the server fails.
   */
  async complete(): Promise<readonly IRunRow[]> {
    const { selection } = this;
    const ticked = this.rows.filter(row => selection.has(row.runId));
    const rows = ticked.length > 0 ? ticked : this.rows;
    await this._loader.complete({
      runIds: rows.map(row => row.runId),
      columns: fetched(this.columns.shown)
    });
    return rows;
  }

  private _select(selection: Selection): void {
    if (this.isShared) {
      this._panel.setSelection(selection);
    } else {
      this._own = selection;
      this.emit();
    }
  }

  private _restart(): void {
    this._activeRow = Math.min(this._activeRow, 0);
    void this._pages.restart();
  }

  private async _fetch(
    token: string | null,
    which: 'first' | 'later',
    signal: AbortSignal
  ): Promise<Pages.IPage<IRunRow>> {
    // What is in view comes with the rows; what is not comes when it is scrolled to.
    const extra = fetched(this._window.columns).slice(0, BLOCK_COLUMNS);
    const fixed = tableColumns(null);
    const table = await this._client.table(
      {
        connection: this.connection,
        experimentIds: this.experimentIds,
        columns: [...fixed, ...extra],
        ...searchParameters(this._query),
        orderBy: this.columns.layout.order ? [this.columns.layout.order] : [],
        view: this._view,
        limit: which === 'first' ? FIRST_PAGE : LATER_PAGE,
        pageToken: token
      },
      signal
    );
    if (!signal.aborted) {
      this._loader.values.accept(table, fixed.length, extra);
    }
    return {
      items: toRows(table, null),
      nextPageToken: table.next_page_token ?? null,
      total: table.total ?? null
    };
  }

  /** Ask for values that are missing in view, then for those needed to judge columns. */
  private _pump(): void {
    if (this._pages.isStale) {
      return;
    }
    const { first, last, columns } = this._window;
    const start = Math.floor(Math.max(0, first) / BLOCK_RUNS) * BLOCK_RUNS;
    const areas: IArea[] = [
      { runIds: this.ids.slice(start, last + 1), columns: fetched(columns) }
    ];
    // Once all is there, looking for what is missing would cost time at each scroll.
    if (this.columns.isJudging && this._judgedIds !== this.ids) {
      areas.push({
        runIds: this.ids.slice(0, MAX_JUDGED),
        columns: fetched(this.columns.chosen)
      });
    }
    this._loader.want(areas);
    if (this._loader.isIdle) {
      this._judgedIds = this.ids;
    }
  }

  private _onPagesChanged(): void {
    this._ids = null;
    this._changed();
    this._pump();
  }

  private _onPanelChanged(): void {
    const { query, view, selection, metric } = this._panel;
    const isFollowing = this.isFollowing;
    const hasNews =
      selection !== this._seen.selection ||
      metric !== this._seen.metric ||
      isFollowing !== this._seen.isFollowing;
    this._seen = { selection, metric, isFollowing };
    if (isFollowing && (query !== this._query || view !== this._view)) {
      this._query = query;
      this._view = view;
      this._restart();
    } else if (hasNews) {
      this._judgedIds = null;
      this._changed();
    }
  }

  private _onColumnsChanged(): void {
    this._judgedIds = null;
    this.emit();
    this._pump();
  }

  private _changed(): void {
    this.columns.refresh();
    this.emit();
  }

  private _activeColumn = 0;
  private _activeRow = 0;
  private _client: IExplorerClient;
  private _ids: readonly string[] | null = null;
  private _judgedIds: readonly string[] | null = null;
  private _own = new Selection();
  private _pages: Pages<IRunRow>;
  private _panel: RunsState;
  private _query = '';
  private _seen: {
    selection: Selection | null;
    metric: string | null;
    isFollowing: boolean;
  } = { selection: null, metric: null, isFollowing: false };
  private _loader: ValueLoader;
  private _view: View = 'active';
  private _window: IWindow = { first: 0, last: 0, columns: [] };
}

/** The namespace for `RunTableState` types. */
export namespace RunTableState {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    connection: string;
    experimentIds: readonly string[];
    /** The panel's runs, which share their selection and search. */
    panel: RunsState;
    layout?: ITableLayout;
    /** Told when the layout has changed, to save it. */
    onLayout?: (layout: ITableLayout) => void;
  }
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const ids = new Set(other);
  return one.length === other.length && one.every(id => ids.has(id));
}

/** The columns whose values do not come with the rows. */
function fetched(columns: readonly ColumnId[]): ColumnId[] {
  return columns.filter(column => !IN_ROW.has(column));
}
