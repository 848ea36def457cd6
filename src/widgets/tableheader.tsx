/** The header of a runs table: sorting, resizing, reordering, and a menu for each column. */
import { useMemo, useState, type MouseEvent } from 'react';
import { oneLine } from '../format';
import {
  isNumeric,
  isSortable,
  kindOf,
  NAME_COLUMN,
  sortOf,
  widthOf,
  type ColumnId
} from '../state/tablelayout';
import type { ITableProps } from './table';
import { columnLabel, kindLabel } from './tablecells';
import { HEADER_HEIGHT, type IPlacedColumn } from './tablegrid';

/** Pixels that the pointer must travel before a press becomes a drag. */
const DRAG_THRESHOLD = 5;

interface IHeaderProps extends ITableProps {
  id: string;
  placed: readonly IPlacedColumn[];
}

export function HeaderRow(props: IHeaderProps): JSX.Element {
  const { ids, selection } = props.table;
  // The column over which another one is held.
  const [target, setTarget] = useState<ColumnId | null>(null);
  const ticked = useMemo(() => {
    const count = ids.filter(id => selection.has(id)).length;
    return count === 0 ? 'none' : count === ids.length ? 'all' : 'some';
  }, [ids, selection]);
  return (
    <div
      role="rowgroup"
      className="jp-MlflowTable-header"
      style={{ height: HEADER_HEIGHT }}
    >
      <div role="row" className="jp-MlflowTable-headerRow" aria-rowindex={1}>
        {props.placed.map(place => (
          <HeaderCell
            key={place.column}
            {...props}
            place={place}
            ticked={ticked}
            isTarget={place.column === target}
            onTarget={setTarget}
          />
        ))}
      </div>
    </div>
  );
}

function HeaderCell(
  props: IHeaderProps & {
    place: IPlacedColumn;
    /** How many of the loaded runs are ticked. */
    ticked: 'none' | 'some' | 'all';
    isTarget: boolean;
    onTarget: (column: ColumnId | null) => void;
  }
): JSX.Element {
  const { table, actions, trans, place, onTarget } = props;
  const { column, position } = place;
  const isName = column === NAME_COLUMN;
  const sort = sortOf(table.columns.layout.order, column);
  const canSort = isSortable(column);
  const isActive = table.activeRow < 0 && table.activeColumn === position - 1;
  const label = columnLabel(column, trans);
  const isAll = props.ticked === 'all';

  const onMouseDown = (event: MouseEvent): void => {
    if (event.button !== 0 || isName) {
      return;
    }
    let over: ColumnId | null = null;
    watch(
      event,
      move => {
        const found = document
          .elementFromPoint(move.clientX, move.clientY)
          ?.closest<HTMLElement>('.jp-MlflowTable-headerCell')?.dataset.column;
        over =
          found !== undefined && found !== NAME_COLUMN && found !== column
            ? found
            : null;
        onTarget(over);
      },
      () => {
        onTarget(null);
        if (over !== null) {
          table.columns.move(column, over);
        }
      }
    );
  };
  const onResize = (event: MouseEvent): void => {
    event.stopPropagation();
    event.preventDefault();
    if (event.button === 0) {
      const width = isName
        ? place.width
        : widthOf(table.columns.layout, column);
      const { clientX } = event;
      const resize = (move: globalThis.MouseEvent): void =>
        table.columns.resize(column, width + move.clientX - clientX);
      watch(event, resize, () => undefined);
    }
  };

  return (
    <div
      id={`${props.id}--1-${position - 1}`}
      role="columnheader"
      className={`jp-MlflowTable-cell jp-MlflowTable-headerCell${
        place.isFixed ? ' jp-mod-fixed' : ''
      }${isName ? ' jp-MlflowTable-name' : ''}${
        isNumeric(column) ? ' jp-mod-number' : ''
      }${isActive ? ' jp-mod-active' : ''}${props.isTarget ? ' jp-mod-target' : ''}`}
      style={{ left: place.left, width: place.width }}
      aria-colindex={position}
      aria-sort={
        !canSort
          ? undefined
          : sort === 'ASC'
            ? 'ascending'
            : sort === 'DESC'
              ? 'descending'
              : 'none'
      }
      data-column={column}
      title={tooltip()}
      onMouseDown={onMouseDown}
      onClick={event => {
        table.setActive(-1, position - 1);
        if (event.target instanceof HTMLInputElement) {
          table.tickAll(!isAll);
        } else if (canSort) {
          table.sortBy(column);
        }
      }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        table.setActive(-1, position - 1);
        actions.openHeaderMenu(column, event.clientX, event.clientY);
      }}
    >
      {isName && (
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isAll}
          ref={box => {
            if (box) {
              box.indeterminate = props.ticked === 'some';
            }
          }}
          aria-label={trans.__('Select all loaded runs')}
          onChange={() => undefined}
        />
      )}
      <span className="jp-MlflowTable-heading">
        {kindOf(column) !== 'attributes' && (
          <span className="jp-MlflowTable-kind">
            {kindLabel(column, trans)}
          </span>
        )}
        <span className="jp-MlflowTable-label">{label}</span>
      </span>
      {sort !== null && (
        <span className="jp-MlflowTable-sort" aria-hidden="true">
          {sort === 'ASC' ? '▲' : '▼'}
        </span>
      )}
      <span
        className="jp-MlflowTable-menu"
        aria-hidden="true"
        title={trans.__('Menu of the column')}
        onMouseDown={event => event.stopPropagation()}
        onClick={event => {
          event.stopPropagation();
          table.setActive(-1, position - 1);
          const box = event.currentTarget.getBoundingClientRect();
          actions.openHeaderMenu(column, box.left, box.bottom);
        }}
      >
        ⋮
      </span>
      <span
        className="jp-MlflowTable-resizer"
        aria-hidden="true"
        onMouseDown={onResize}
        onClick={event => event.stopPropagation()}
        onDoubleClick={event => {
          event.stopPropagation();
          table.columns.resize(column, null);
        }}
      />
    </div>
  );

  function tooltip(): string {
    const lines = [`${label} (${kindLabel(column, trans)})`];
    if (kindOf(column) === 'metrics') {
      lines.push(
        table.columns.direction(column) === 'higher'
          ? trans.__('Higher is better')
          : trans.__('Lower is better')
      );
    }
    lines.push(
      canSort
        ? trans.__('Click to sort; drag to move')
        : trans.__('Stores cannot sort by this; drag to move')
    );
    return oneLine(lines[0], 500) + '\n' + lines.slice(1).join('\n');
  }
}

/** Follow the pointer from a press until it is let go; a press that does not travel stays a click. */
function watch(
  press: MouseEvent,
  onMove: (event: globalThis.MouseEvent) => void,
  onEnd: () => void
): void {
  const { clientX, clientY } = press;
  let isDrag = false;
  const move = (event: globalThis.MouseEvent): void => {
    isDrag ||=
      Math.abs(event.clientX - clientX) > DRAG_THRESHOLD ||
      Math.abs(event.clientY - clientY) > DRAG_THRESHOLD;
    if (isDrag) {
      onMove(event);
    }
  };
  const stop = (): void => {
    document.removeEventListener('mousemove', move, true);
    document.removeEventListener('mouseup', stop, true);
    if (isDrag) {
      // The click that follows a drag within one header cell is none.
      const swallow = (event: Event): void => event.stopPropagation();
      document.addEventListener('click', swallow, {
        capture: true,
        once: true
      });
      setTimeout(() => document.removeEventListener('click', swallow, true), 0);
      onEnd();
    }
  };
  document.addEventListener('mousemove', move, true);
  document.addEventListener('mouseup', stop, true);
}
