/**
 * The grid of a runs table: rows and columns are drawn only where they are in view.
 *
 * The container is the one tab stop and names the active cell by `aria-activedescendant`; that cell is always in the
 * DOM. The header stays at the top, the column of the name and the pinned ones at the left.
 */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useMemo, useRef, type MouseEvent } from 'react';
import { NAME_COLUMN, widthOf, type ColumnId } from '../state/tablelayout';
import { gridKey } from './tablekeys';
import { HeaderRow } from './tableheader';
import { PlaceholderRow, TableRow } from './tablerow';
import type { ITableProps } from './table';

export const ROW_HEIGHT = 28;
export const HEADER_HEIGHT = 42;
/** Rows and columns kept ready beside what is visible. */
const OVERSCAN_ROWS = 6;
const OVERSCAN_COLUMNS = 1;
/** Share of the width that may stay at the left, so that something is left to scroll. */
const MAX_FIXED = 0.6;
const MIN_NAME = 120;

/** Where a column is drawn. */
export interface IPlacedColumn {
  readonly column: ColumnId;
  /** 1-based position among the drawn columns, that of the name being 1. */
  readonly position: number;
  readonly left: number;
  readonly width: number;
  readonly isFixed: boolean;
}

export function TableGrid(
  props: ITableProps & { version: number }
): JSX.Element {
  const { table, actions, trans, version } = props;
  const { activeRow, activeColumn, rows } = table;
  const { layout, shown: columns } = table.columns;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();

  const withActive = (
    range: Parameters<typeof defaultRangeExtractor>[0],
    active: number
  ): number[] => {
    const indexes = defaultRangeExtractor(range);
    if (active >= 0 && active < range.count && !indexes.includes(active)) {
      indexes.push(active);
      indexes.sort((a, b) => a - b);
    }
    return indexes;
  };
  const rowVirtualizer = useVirtualizer({
    count: table.rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    paddingStart: HEADER_HEIGHT,
    scrollPaddingStart: HEADER_HEIGHT,
    overscan: OVERSCAN_ROWS,
    rangeExtractor: range => withActive(range, activeRow)
  });

  const room = rowVirtualizer.scrollRect?.width || Infinity;
  const nameWidth = Math.min(
    widthOf(layout, NAME_COLUMN),
    Math.max(MIN_NAME, room * MAX_FIXED * 0.8)
  );
  const fixed: IPlacedColumn[] = [
    {
      column: NAME_COLUMN,
      position: 1,
      left: 0,
      width: nameWidth,
      isFixed: true
    }
  ];
  let fixedWidth = nameWidth;
  for (const column of columns.slice(0, table.columns.pinnedCount)) {
    const width = widthOf(layout, column);
    if (fixedWidth + width > room * MAX_FIXED) {
      break;
    }
    fixed.push({
      column,
      position: fixed.length + 1,
      left: fixedWidth,
      width,
      isFixed: true
    });
    fixedWidth += width;
  }
  const free = columns.slice(fixed.length - 1);
  const columnVirtualizer = useVirtualizer({
    horizontal: true,
    count: free.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => widthOf(layout, free[index]),
    // A new function makes it compute the places anew, as widths and order may have changed.
    getItemKey: index => free[index],
    paddingStart: fixedWidth,
    scrollPaddingStart: fixedWidth,
    overscan: OVERSCAN_COLUMNS,
    rangeExtractor: range => withActive(range, activeColumn - fixed.length)
  });

  const virtual = columnVirtualizer.getVirtualItems();
  const placedKey = JSON.stringify([
    fixed,
    virtual.map(item => [free[item.index], item.index, item.start, item.size])
  ]);
  const placed = useMemo<readonly IPlacedColumn[]>(
    () => [
      ...fixed,
      ...virtual.map(item => ({
        column: free[item.index],
        position: fixed.length + item.index + 1,
        left: item.start,
        width: item.size,
        isFixed: false
      }))
    ],
    // The key holds all that is used, by value.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [placedKey]
  );

  const { startIndex = 0, endIndex = -1 } = rowVirtualizer.range ?? {};
  useEffect(() => {
    if (endIndex >= 0) {
      table.look(
        startIndex,
        endIndex,
        placed.slice(1).map(({ column }) => column)
      );
    }
  });

  useEffect(() => {
    if (activeRow >= 0) {
      rowVirtualizer.scrollToIndex(activeRow, { align: 'auto' });
    }
    // Only another active row scrolls; the same one with new rows must not move the view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [activeRow]);
  useEffect(() => {
    if (activeColumn >= fixed.length) {
      columnVirtualizer.scrollToIndex(activeColumn - fixed.length, {
        align: 'auto'
      });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [activeColumn]);

  const resetKey = JSON.stringify([table.query, table.view, layout.order]);
  useEffect(() => {
    scroller.current?.scrollTo?.({ top: 0 });
  }, [resetKey]);

  const activeId = `${id}-${activeRow}-${activeColumn}`;

  // The menu key sends its event to the focused container; the menu is for the active cell.
  const onContextMenu = (event: MouseEvent): void => {
    const cell = document.getElementById(activeId);
    if (event.target === event.currentTarget && cell) {
      event.preventDefault();
      event.stopPropagation();
      const box = cell.getBoundingClientRect();
      cell.dispatchEvent(
        new window.MouseEvent('contextmenu', {
          bubbles: true,
          cancelable: true,
          clientX: box.left + 12,
          clientY: box.bottom
        })
      );
    }
  };

  const { selection } = table;
  return (
    <div
      ref={scroller}
      className={`jp-MlflowTable-grid${table.isStale ? ' jp-mod-stale' : ''}`}
      role="treegrid"
      tabIndex={0}
      aria-label={trans.__('Runs')}
      aria-multiselectable="true"
      aria-rowcount={table.total === null ? -1 : table.rowCount + 1}
      aria-colcount={columns.length + 1}
      aria-busy={table.isLoading ? true : undefined}
      aria-activedescendant={activeId}
      onMouseDown={event => {
        // Tick boxes and resizers must not take the focus; a press on the scroll bar must stay one.
        if (event.target !== event.currentTarget && event.button === 0) {
          event.preventDefault();
          event.currentTarget.focus({ preventScroll: true });
        }
      }}
      onKeyDown={event => {
        if (event.target === event.currentTarget) {
          const page = Math.floor(
            (event.currentTarget.clientHeight - HEADER_HEIGHT) / ROW_HEIGHT
          );
          gridKey(event, { table, actions, page: Math.max(1, page - 1) });
        }
      }}
      onContextMenu={onContextMenu}
    >
      <div
        role="presentation"
        className="jp-MlflowTable-content"
        style={{
          height: rowVirtualizer.getTotalSize(),
          width: Math.max(fixedWidth, columnVirtualizer.getTotalSize())
        }}
      >
        <HeaderRow {...props} id={id} placed={placed} />
        <div role="rowgroup">
          {rowVirtualizer
            .getVirtualItems()
            .map(({ index, start }) =>
              index < rows.length ? (
                <TableRow
                  key={rows[index].runId}
                  table={table}
                  actions={actions}
                  trans={trans}
                  version={version}
                  id={id}
                  row={rows[index]}
                  index={index}
                  start={start}
                  placed={placed}
                  isTicked={selection.has(rows[index].runId)}
                  activeColumn={index === activeRow ? activeColumn : -1}
                />
              ) : (
                <PlaceholderRow
                  key={`placeholder-${index}`}
                  index={index}
                  start={start}
                  label={trans.__('Loading…')}
                />
              )
            )}
        </div>
      </div>
    </div>
  );
}
