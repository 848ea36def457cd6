/** Values of a runs table for people, in full for tooltips, and as text for other programs. Pure. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunStatus } from '../api/types';
import {
  exactNumber,
  formatDuration,
  formatNumber,
  formatTime,
  oneLine
} from '../format';
import type { RunTableState } from '../state/runtable';
import type { IRunRow } from '../state/table';
import {
  DURATION_COLUMN,
  END_COLUMN,
  EXPERIMENT_COLUMN,
  isNumeric,
  keyOf,
  kindOf,
  NAME_COLUMN,
  RUN_ID_COLUMN,
  START_COLUMN,
  STATUS_COLUMN,
  type ColumnId
} from '../state/tablelayout';
import type { ITextTable } from '../state/tabletext';
import type { CellValue } from '../state/tablevalues';
import { statusText } from './controls';

/** A tooltip longer than this covers the table. */
const MAX_TITLE = 1000;

/** The heading of a column. */
export function columnLabel(
  column: ColumnId,
  trans: TranslationBundle
): string {
  switch (column) {
    case NAME_COLUMN:
      return trans.__('Run');
    case START_COLUMN:
      return trans.__('Started');
    case END_COLUMN:
      return trans.__('Ended');
    case DURATION_COLUMN:
      return trans.__('Duration');
    case STATUS_COLUMN:
      return trans.__('Status');
    case RUN_ID_COLUMN:
      return trans.__('Run id');
    case EXPERIMENT_COLUMN:
      return trans.__('Experiment id');
    case 'attributes.user_id':
      return trans.__('User');
    default:
      return oneLine(keyOf(column));
  }
}

/** What a column is about, in a word. */
export function kindLabel(column: ColumnId, trans: TranslationBundle): string {
  switch (kindOf(column)) {
    case 'metrics':
      return trans.__('metric');
    case 'params':
      return trans.__('param');
    case 'tags':
      return trans.__('tag');
    default:
      return trans.__('run');
  }
}

/** A value in the table. */
export function shortText(
  value: CellValue | undefined,
  column: ColumnId,
  trans: TranslationBundle
): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'number') {
    switch (column) {
      case START_COLUMN:
      case END_COLUMN:
        return formatTime(value, true);
      case DURATION_COLUMN:
        return formatDuration(value);
      default:
        return formatNumber(value);
    }
  }
  return column === STATUS_COLUMN
    ? (statusText(value as RunStatus, trans) ?? value)
    : oneLine(value);
}

/** The whole value, for the tooltip. */
export function fullText(
  value: CellValue | undefined,
  column: ColumnId,
  trans: TranslationBundle
): string {
  if (typeof value === 'number') {
    switch (column) {
      case START_COLUMN:
      case END_COLUMN:
        return formatTime(value);
      case DURATION_COLUMN:
        return trans.__('%1 s', value / 1000);
      default:
        return exactNumber(value);
    }
  }
  return typeof value === 'string' && column !== STATUS_COLUMN
    ? oneLine(value, MAX_TITLE)
    : shortText(value, column, trans);
}

/** The whole value for other programs: times as ISO 8601 in UTC, durations in seconds. */
export function exactText(
  value: CellValue | undefined,
  column: ColumnId
): string {
  if (typeof value !== 'number') {
    return value ?? '';
  }
  switch (column) {
    case START_COLUMN:
    case END_COLUMN: {
      const date = new Date(value);
      return Number.isNaN(date.getTime()) ? String(value) : date.toISOString();
    }
    case DURATION_COLUMN:
      return String(value / 1000);
    default:
      return exactNumber(value);
  }
}

/** The rows with the columns shown, for copying. */
export function textTable(
  table: RunTableState,
  rows: readonly IRunRow[],
  trans: TranslationBundle
): ITextTable {
  const columns = [
    NAME_COLUMN,
    ...(table.columns.shown.includes(STATUS_COLUMN) ? [] : [STATUS_COLUMN]),
    ...table.columns.shown
  ];
  const heading = (column: ColumnId): string =>
    column === DURATION_COLUMN
      ? trans.__('Duration (s)')
      : columnLabel(column, trans);
  return {
    header: columns.map(heading),
    isNumber: columns.map(isNumeric),
    rows: rows.map(row =>
      columns.map(column => exactText(table.cell(row, column), column))
    )
  };
}
