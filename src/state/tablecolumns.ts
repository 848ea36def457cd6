/** The columns of a runs table as the user has them: chosen, hidden, moved, pinned; and the keys to choose from. */
import type { IExplorerClient } from '../api/client';
import { failureOf, type IFailure } from '../api/errors';
import type { Columns } from '../api/types';
import { guessDirection, type Direction } from './direction';
import { Observable } from './observable';
import {
  EMPTY_LAYOUT,
  keyOf,
  kindOf,
  moved,
  resized,
  usualColumns,
  type ColumnId,
  type ITableLayout
} from './tablelayout';
import type { Verdict } from './tablevalues';

export class TableColumns extends Observable {
  constructor(private _options: TableColumns.IOptions) {
    super();
    this._layout = _options.layout ?? EMPTY_LAYOUT;
  }

  get layout(): ITableLayout {
    return this._layout;
  }

  /** Keys that occur in these experiments; undefined until they arrive. */
  get known(): Columns | undefined {
    return this._known;
  }

  /** Why the keys did not arrive. */
  get knownFailure(): IFailure | null {
    return this._knownFailure;
  }

  /** The chosen columns, also those hidden for being empty or equal. */
  get chosen(): readonly ColumnId[] {
    return (
      this._layout.columns ?? usualColumns(this._known, this._options.metric())
    );
  }

  /** The columns to draw after that of the name: the pinned ones first. */
  get shown(): readonly ColumnId[] {
    this._shown ??= this._pinnedFirst(
      this.chosen.filter(column => !this._isHidden(column))
    );
    return this._shown;
  }

  get pinnedCount(): number {
    return this.shown.filter(column => this.isPinned(column)).length;
  }

  /** Number of chosen columns that are hidden for being empty or equal. */
  get hiddenCount(): number {
    return this.chosen.length - this.shown.length;
  }

  /** Whether columns have to be judged by their values. */
  get isJudging(): boolean {
    return this._layout.onlyDiffering || this._layout.hideEmpty;
  }

  isPinned(column: ColumnId): boolean {
    return this._layout.pinned.includes(column);
  }

  direction(column: ColumnId): Direction {
    const key = keyOf(column);
    return this._layout.directions[key] ?? guessDirection(key);
  }

  /** Load the keys; a failure is shown where columns are chosen. */
  async load(): Promise<void> {
    const { client, connection, experimentIds } = this._options;
    const ticket = this.begin('columns');
    try {
      const known = await client.columns(
        connection,
        experimentIds,
        ticket.signal
      );
      if (!ticket.isWanted()) {
        return;
      }
      this._known = known;
      this._knownFailure = null;
    } catch (error) {
      if (!ticket.isWanted()) {
        return;
      }
      this._knownFailure = failureOf(error);
    }
    this.refresh();
    this.emit();
  }

  /** Values or rows have changed, by which columns are judged; the owner tells. */
  refresh(): void {
    this._shown = null;
  }

  /** Choose exactly these; null for the usual ones. */
  choose(columns: readonly ColumnId[] | null): void {
    this.set({ columns });
  }

  setShown(column: ColumnId, isShown: boolean): void {
    const others = this.chosen.filter(other => other !== column);
    this.choose(isShown ? [...others, column] : others);
  }

  /** Put a column into the place of another, and beside the pinned ones where that is pinned. */
  move(column: ColumnId, target: ColumnId): void {
    if (column !== target) {
      const others = this._layout.pinned.filter(other => other !== column);
      this.set({
        columns: moved(this._pinnedFirst(this.chosen), column, target),
        pinned: this.isPinned(target) ? [...others, column] : others
      });
    }
  }

  /** Move a column by places among those drawn; false at the edge, and at that of the pinned ones. */
  shift(column: ColumnId, delta: number): boolean {
    const target = this.shown[this.shown.indexOf(column) + delta];
    if (
      target === undefined ||
      this.isPinned(target) !== this.isPinned(column)
    ) {
      return false;
    }
    this.move(column, target);
    return true;
  }

  resize(column: ColumnId, width: number | null): void {
    this.set(resized(this._layout, column, width));
  }

  setPinned(column: ColumnId, isPinned: boolean): void {
    const others = this._layout.pinned.filter(other => other !== column);
    this.set({
      columns: this.chosen,
      pinned: isPinned ? [...others, column] : others
    });
  }

  setDirection(column: ColumnId, direction: Direction): void {
    const { directions } = this._layout;
    this.set({ directions: { ...directions, [keyOf(column)]: direction } });
  }

  /** Change the layout, and tell who saves it. */
  set(change: Partial<ITableLayout>): void {
    this._layout = { ...this._layout, ...change };
    this.refresh();
    this.emit();
    this._options.onLayout?.(this._layout);
  }

  private _isHidden(column: ColumnId): boolean {
    if (!this.isJudging || kindOf(column) === 'attributes') {
      return false;
    }
    const verdict = this._options.judge(column);
    return (
      (this._layout.hideEmpty && verdict === 'empty') ||
      (this._layout.onlyDiffering &&
        // A single run differs from nothing.
        this._options.judged() > 1 &&
        (verdict === 'empty' || verdict === 'equal'))
    );
  }

  private _pinnedFirst(columns: readonly ColumnId[]): ColumnId[] {
    return [
      ...columns.filter(column => this.isPinned(column)),
      ...columns.filter(column => !this.isPinned(column))
    ];
  }

  private _known: Columns | undefined;
  private _knownFailure: IFailure | null = null;
  private _layout: ITableLayout;
  private _shown: readonly ColumnId[] | null = null;
}

/** The namespace for `TableColumns` types. */
export namespace TableColumns {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    connection: string;
    experimentIds: readonly string[];
    layout?: ITableLayout;
    /** Told when the layout has changed, to save it. */
    onLayout?: (layout: ITableLayout) => void;
    /** The panel's metric of choice. */
    metric: () => string | null;
    /** What is known of a column in the loaded runs. */
    judge: (column: ColumnId) => Verdict;
    /** By how many loaded runs. */
    judged: () => number;
  }
}
