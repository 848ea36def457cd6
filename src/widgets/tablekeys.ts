/** What the keys do in the grid of a runs table. */
import type { KeyboardEvent } from 'react';
import type { RunTableState } from '../state/runtable';
import { isSortable, NAME_COLUMN, widthOf } from '../state/tablelayout';
import type { ITableActions } from './table';
import { exactText } from './tablecells';

/** Pixels by which one press changes the width of a column. */
const WIDTH_STEP = 16;

export interface IGridKeyOptions {
  table: RunTableState;
  actions: ITableActions;
  /** Rows of a page. */
  page: number;
}

/** Do what the key is for; other keys stay alone. */
export function gridKey(event: KeyboardEvent, options: IGridKeyOptions): void {
  const isHeader = options.table.activeRow < 0;
  if (
    (isHeader && headerKey(event, options)) ||
    moveKey(event, options) ||
    (!isHeader && rowKey(event, options)) ||
    tableKey(event, options)
  ) {
    event.preventDefault();
    event.stopPropagation();
  }
}

function headerKey(
  event: KeyboardEvent,
  { table, actions }: IGridKeyOptions
): boolean {
  const column = [NAME_COLUMN, ...table.columns.shown][table.activeColumn];
  const isName = column === NAME_COLUMN;
  const way =
    event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (way !== 0 && event.shiftKey) {
    if (event.ctrlKey || event.metaKey) {
      table.shiftActive(way);
    } else {
      const width = widthOf(table.columns.layout, column);
      table.columns.resize(column, width + way * WIDTH_STEP);
    }
    return true;
  }
  if (event.key === 'ArrowDown' && event.altKey) {
    const cell = document.getElementById(
      event.currentTarget.getAttribute('aria-activedescendant') ?? ''
    );
    const box = (cell ?? event.currentTarget).getBoundingClientRect();
    actions.openHeaderMenu(column, box.left, box.bottom);
    return true;
  }
  if (event.key === ' ' && isName) {
    table.tickAll(!table.ids.every(id => table.selection.has(id)));
    return true;
  }
  if (event.key === 'Enter' || event.key === ' ') {
    if (isSortable(column)) {
      table.sortBy(column);
    }
    return true;
  }
  return false;
}

function moveKey(
  event: KeyboardEvent,
  { table, page }: IGridKeyOptions
): boolean {
  if (event.altKey) {
    return false;
  }
  const { activeRow: row, activeColumn: column } = table;
  const isFar = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case 'ArrowLeft':
      table.setActive(row, column - 1);
      return true;
    case 'ArrowRight':
      table.setActive(row, column + 1);
      return true;
    case 'Home':
      table.setActive(isFar ? 0 : row, isFar ? column : 0);
      return true;
    case 'End':
      if (isFar) {
        void table.goToEnd();
      } else {
        table.setActive(row, table.columns.shown.length);
      }
      return true;
    case 'ArrowUp':
    case 'ArrowDown':
    case 'PageUp':
    case 'PageDown': {
      const step = event.key.startsWith('Page') ? page : 1;
      const target = row + (/Up$/.test(event.key) ? -step : step);
      // A page ends at the first row; only one step more reaches the header.
      table.setActive(step > 1 ? Math.max(0, target) : target, column);
      if (event.shiftKey && row >= 0 && table.activeRow >= 0) {
        if (!table.selection.has(table.ids[row])) {
          table.tick(table.ids[row]);
        }
        table.tick(table.ids[table.activeRow], 'extend');
      }
      return true;
    }
    default:
      return false;
  }
}

function rowKey(
  event: KeyboardEvent,
  { table, actions }: IGridKeyOptions
): boolean {
  const row = table.rows[table.activeRow];
  if (!row) {
    return false;
  }
  if (event.key === ' ') {
    table.tick(row.runId, event.shiftKey ? 'extend' : 'toggle');
    return true;
  }
  if (event.key === 'Enter') {
    actions.showDetails(row.runId);
    return true;
  }
  if (isWith(event, 'c')) {
    const column = [NAME_COLUMN, ...table.columns.shown][table.activeColumn];
    actions.copyText(exactText(table.cell(row, column), column));
    return true;
  }
  return false;
}

function tableKey(event: KeyboardEvent, { table }: IGridKeyOptions): boolean {
  if (isWith(event, 'a')) {
    table.tickAll(true);
    return true;
  }
  if (event.key === 'Escape' && table.selection.size > 0) {
    table.tickAll(false);
    return true;
  }
  return false;
}

function isWith(event: KeyboardEvent, letter: string): boolean {
  return (
    (event.ctrlKey || event.metaKey) &&
    !event.shiftKey &&
    !event.altKey &&
    event.key.toLowerCase() === letter
  );
}
