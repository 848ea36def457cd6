/** The values of a runs table that have arrived, by column and run; knows what is missing. No requests, no signals. */
import { fromWire, type RunsTable } from '../api/types';
import type { Direction } from './direction';
import { kindOf, type ColumnId } from './tablelayout';

/** A value; null where the run has none. Metrics may be NaN or infinite. */
export type CellValue = string | number | null;

/** What is known of a column over some runs; `unknown` while values are missing and it may still differ. */
export type Verdict = 'unknown' | 'empty' | 'equal' | 'differing';

interface IColumn {
  values: Map<string, CellValue>;
  /** Runs whose value was asked for and has not come. */
  asked: Set<string>;
  best: Partial<Record<Direction, number | null>>;
}

export class TableValues {
  /** The value; undefined where it has not arrived. */
  get(runId: string, column: ColumnId): CellValue | undefined {
    return this._columns.get(column)?.values.get(runId);
  }

  /** Whether the value is here or on its way. */
  isKnown(runId: string, column: ColumnId): boolean {
    const found = this._columns.get(column);
    return (
      found !== undefined && (found.values.has(runId) || found.asked.has(runId))
    );
  }

  /** Remember that these were asked for. */
  ask(runIds: readonly string[], columns: readonly ColumnId[]): void {
    for (const column of columns) {
      const { asked } = this._column(column);
      runIds.forEach(runId => asked.add(runId));
    }
  }

  /** These will not come after all. */
  giveUp(runIds: readonly string[], columns: readonly ColumnId[]): void {
    for (const column of columns) {
      const { asked } = this._column(column);
      runIds.forEach(runId => asked.delete(runId));
    }
  }

  /**
   * Take in the columns of an answer from the given one on, which are those named.
   *
   * Runs asked for and not in the answer (deleted meanwhile) have no values.
   */
  accept(
    table: RunsTable,
    offset: number,
    columns: readonly ColumnId[],
    asked: readonly string[] = []
  ): void {
    columns.forEach((column, index) => {
      const target = this._column(column);
      const isMetric = kindOf(column) === 'metrics';
      const wire = table.columns[offset + index]?.values ?? [];
      for (const runId of asked) {
        target.asked.delete(runId);
        if (!target.values.has(runId)) {
          target.values.set(runId, null);
        }
      }
      table.run_ids.forEach((runId, i) => {
        const value = wire[i] ?? null;
        target.asked.delete(runId);
        target.values.set(
          runId,
          value === null ? null : isMetric ? fromWire(value) : value
        );
      });
      target.best = {};
    });
  }

  /** Forget everything, for a look at the store of now. */
  clear(): void {
    this._columns.clear();
  }

  /**
   * The best finite value of a metric among these runs.
   *
   * Null where nothing can be best: fewer than two different values.
   */
  best(
    column: ColumnId,
    direction: Direction,
    runIds: readonly string[]
  ): number | null {
    const target = this._column(column);
    // The runs are those loaded, whose values change only with an answer or a new list.
    if (this._bestOf !== runIds) {
      this._bestOf = runIds;
      this._columns.forEach(other => (other.best = {}));
    }
    let best = target.best[direction];
    if (best === undefined) {
      let least = Infinity;
      let most = -Infinity;
      for (const runId of runIds) {
        const value = target.values.get(runId);
        if (typeof value === 'number' && Number.isFinite(value)) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
      best = least >= most ? null : direction === 'higher' ? most : least;
      target.best[direction] = best;
    }
    return best;
  }

  /** What is known of a column over these runs. */
  judge(column: ColumnId, runIds: readonly string[]): Verdict {
    const values = this._columns.get(column)?.values;
    let isMissing = false;
    const seen = new Set<CellValue>();
    for (const runId of runIds) {
      const value = values?.get(runId);
      if (value === undefined) {
        isMissing = true;
      } else {
        seen.add(value);
      }
      if (seen.size > 1) {
        return 'differing';
      }
    }
    if (isMissing || seen.size === 0) {
      return 'unknown';
    }
    return seen.has(null) ? 'empty' : 'equal';
  }

  private _column(column: ColumnId): IColumn {
    let found = this._columns.get(column);
    if (!found) {
      found = { values: new Map(), asked: new Set(), best: {} };
      this._columns.set(column, found);
    }
    return found;
  }

  private _bestOf: readonly string[] | null = null;
  private _columns = new Map<ColumnId, IColumn>();
}
