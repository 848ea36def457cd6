/** The columns of a runs table: which, in what order, how wide, which pinned. Immutable values. Pure. */
import type { Columns } from '../api/types';
import type { Direction } from './direction';
import { likelyMetric, quoteKey } from './query';

/** A column by its name in MLflow's filters, such as `metrics.auc`; `duration` is made of two attributes. */
export type ColumnId = string;

export type ColumnKind = 'attributes' | 'metrics' | 'params' | 'tags';

/** What the user has made of a table, and what survives a reload. */
export interface ITableLayout {
  /** The chosen columns in their order, without that of the name; null for the usual ones. */
  readonly columns: readonly ColumnId[] | null;
  /** Widths in pixels of the columns that were resized. */
  readonly widths: Readonly<Record<ColumnId, number>>;
  /** Columns that stay beside the name when the table scrolls. */
  readonly pinned: readonly ColumnId[];
  readonly onlyDiffering: boolean;
  readonly hideEmpty: boolean;
  /** What the user said about metrics, by their keys; the others are guessed. */
  readonly directions: Readonly<Record<string, Direction>>;
  /** An order clause; '' for newest first. */
  readonly order: string;
}

/** The column of tick box, status and name: always there, always first. */
export const NAME_COLUMN: ColumnId = 'attributes.run_name';
export const START_COLUMN: ColumnId = 'attributes.start_time';
export const END_COLUMN: ColumnId = 'attributes.end_time';
export const DURATION_COLUMN: ColumnId = 'attributes.duration';
export const STATUS_COLUMN: ColumnId = 'attributes.status';
export const RUN_ID_COLUMN: ColumnId = 'attributes.run_id';
export const EXPERIMENT_COLUMN: ColumnId = 'attributes.experiment_id';

/** Attributes that can be chosen, in the order in which they are offered. */
export const ATTRIBUTE_COLUMNS: readonly ColumnId[] = [
  START_COLUMN,
  DURATION_COLUMN,
  END_COLUMN,
  STATUS_COLUMN,
  'attributes.user_id',
  RUN_ID_COLUMN,
  EXPERIMENT_COLUMN
];

export const MIN_WIDTH = 56;
export const MAX_WIDTH = 800;
const NAME_WIDTH = 270;
const TIME_WIDTH = 180;
const NUMBER_WIDTH = 104;
const TEXT_WIDTH = 130;
/** Metrics and params in a table that nobody has changed; more make it hard to read. */
const USUAL_METRICS = 5;
const USUAL_PARAMS = 5;

export const EMPTY_LAYOUT: ITableLayout = {
  columns: null,
  widths: {},
  pinned: [],
  onlyDiffering: false,
  hideEmpty: false,
  directions: {},
  order: ''
};

export function kindOf(column: ColumnId): ColumnKind {
  return column.slice(0, column.indexOf('.')) as ColumnKind;
}

export function keyOf(column: ColumnId): string {
  return column.slice(column.indexOf('.') + 1);
}

/** Whether values are numbers, times or durations, which stand on the right. */
export function isNumeric(column: ColumnId): boolean {
  return kindOf(column) === 'metrics' || column === DURATION_COLUMN;
}

/** The columns of a table that nobody has changed. */
export function usualColumns(
  known: Columns | undefined,
  metric: string | null
): ColumnId[] {
  const keys = (known?.metrics ?? []).filter(key => !key.startsWith('system/'));
  const first =
    metric !== null && known?.metrics.includes(metric)
      ? metric
      : likelyMetric(known?.metrics ?? []);
  const others = keys.filter(key => key !== first).slice(0, USUAL_METRICS);
  return [
    START_COLUMN,
    DURATION_COLUMN,
    ...(first === null ? [] : [`metrics.${first}`]),
    ...others.map(key => `metrics.${key}`),
    ...(known?.params ?? []).slice(0, USUAL_PARAMS).map(key => `params.${key}`)
  ];
}

/** Every column that can be chosen: attributes, then metrics, params and tags by their keys. */
export function offeredColumns(known: Columns | undefined): ColumnId[] {
  return [
    ...ATTRIBUTE_COLUMNS,
    ...(known?.metrics ?? []).map(key => `metrics.${key}`),
    ...(known?.params ?? []).map(key => `params.${key}`),
    ...(known?.tags ?? []).map(key => `tags.${key}`)
  ];
}

export function widthOf(layout: ITableLayout, column: ColumnId): number {
  const width = layout.widths[column];
  if (width !== undefined) {
    return width;
  }
  if (column === NAME_COLUMN) {
    return NAME_WIDTH;
  }
  if (column === START_COLUMN || column === END_COLUMN) {
    return TIME_WIDTH;
  }
  return isNumeric(column) ? NUMBER_WIDTH : TEXT_WIDTH;
}

/** The layout with another width; null for the usual one. */
export function resized(
  layout: ITableLayout,
  column: ColumnId,
  width: number | null
): ITableLayout {
  const others = { ...layout.widths };
  delete others[column];
  return {
    ...layout,
    widths:
      width === null
        ? others
        : {
            ...others,
            [column]: Math.round(
              Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width))
            )
          }
  };
}

/** The list with one item moved to the place of another. */
export function moved(
  columns: readonly ColumnId[],
  column: ColumnId,
  target: ColumnId
): ColumnId[] {
  const from = columns.indexOf(column);
  const to = columns.indexOf(target);
  if (from < 0 || to < 0) {
    return [...columns];
  }
  const rest = columns.filter(other => other !== column);
  rest.splice(to, 0, column);
  return rest;
}

/** The order clause after a click on a header: best or newest first, the other way round, the usual order. */
export function nextOrder(
  order: string,
  column: ColumnId,
  direction: Direction
): string {
  const [first, second] = startsDescending(column, direction)
    ? ['DESC', 'ASC']
    : ['ASC', 'DESC'];
  switch (sortOf(order, column)) {
    case first:
      return orderClause(column, second as 'ASC');
    case second:
      return '';
    default:
      return orderClause(column, first as 'ASC');
  }
}

export function orderClause(column: ColumnId, way: 'ASC' | 'DESC'): string {
  return `${kindOf(column)}.${quoteKey(keyOf(column))} ${way}`;
}

/** How a column is sorted by this clause; null where by another column. */
export function sortOf(order: string, column: ColumnId): 'ASC' | 'DESC' | null {
  for (const way of ['ASC', 'DESC'] as const) {
    if (order === orderClause(column, way)) {
      return way;
    }
  }
  return null;
}

/** Whether the server can sort by it. */
export function isSortable(column: ColumnId): boolean {
  return column !== DURATION_COLUMN && column !== EXPERIMENT_COLUMN;
}

function startsDescending(column: ColumnId, direction: Direction): boolean {
  return kindOf(column) === 'metrics'
    ? direction === 'higher'
    : column === START_COLUMN || column === END_COLUMN;
}

/** What was saved, as far as it makes sense; anything else is left out. */
export function restoredLayout(saved: unknown): ITableLayout {
  const value = (
    typeof saved === 'object' && saved !== null ? saved : {}
  ) as Record<string, unknown>;
  const widths = Object.entries(value.widths ?? {}).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' &&
      entry[1] >= MIN_WIDTH &&
      entry[1] <= MAX_WIDTH
  );
  const directions = Object.entries(value.directions ?? {}).filter(
    (entry): entry is [string, Direction] =>
      entry[1] === 'higher' || entry[1] === 'lower'
  );
  const columns = columnsIn(value.columns);
  return {
    columns,
    widths: Object.fromEntries(widths),
    pinned: columnsIn(value.pinned) ?? [],
    onlyDiffering: value.onlyDiffering === true,
    hideEmpty: value.hideEmpty === true,
    directions: Object.fromEntries(directions),
    order: typeof value.order === 'string' ? value.order : ''
  };
}

function columnsIn(value: unknown): ColumnId[] | null {
  if (!Array.isArray(value)) {
    return null;
  }
  const ids = value.filter(
    (id): id is string =>
      typeof id === 'string' &&
      id !== NAME_COLUMN &&
      /^(attributes|metrics|params|tags)\../.test(id)
  );
  return [...new Set(ids)];
}
