/** One row of a runs table. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { memo, type MouseEvent } from 'react';
import { oneLine } from '../format';
import type { RunTableState } from '../state/runtable';
import type { IRunRow } from '../state/table';
import { isNumeric, NAME_COLUMN } from '../state/tablelayout';
import { Hidden, StatusIcon, statusText } from './controls';
import type { ITableActions } from './table';
import { fullText, shortText } from './tablecells';
import type { IPlacedColumn } from './tablegrid';

interface IRowProps {
  table: RunTableState;
  actions: ITableActions;
  trans: TranslationBundle;
  /** Changes with the state; scrolling alone draws no row anew. */
  version: number;
  id: string;
  row: IRunRow;
  index: number;
  start: number;
  placed: readonly IPlacedColumn[];
  isTicked: boolean;
  /** Column with the keyboard focus, -1 where it is in another row. */
  activeColumn: number;
}

export const TableRow = memo(Row);

function Row(props: IRowProps): JSX.Element {
  const { table, actions, row, index, placed, isTicked } = props;
  const { runId } = row;

  const onClick = (event: MouseEvent): void => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>(
      '[data-column]'
    );
    table.setActive(index, Number(cell?.dataset.position ?? 1) - 1);
    const isBox = event.target instanceof HTMLInputElement;
    if (event.shiftKey) {
      table.tick(runId, 'extend');
    } else if (isBox || event.ctrlKey || event.metaKey) {
      table.tick(runId);
    }
  };

  return (
    <div
      role="row"
      className={`jp-MlflowTable-row${table.isShared ? ' jp-MlflowRuns-row' : ''}${
        isTicked ? ' jp-mod-selected' : ''
      }${props.activeColumn >= 0 ? ' jp-mod-active' : ''}${
        row.isDeleted ? ' jp-mod-deleted' : ''
      }`}
      style={{ transform: `translateY(${props.start}px)` }}
      aria-rowindex={index + 2}
      aria-level={1}
      aria-selected={isTicked}
      data-run-id={runId}
      onClick={onClick}
      onDoubleClick={event => {
        if (!(event.target instanceof HTMLInputElement)) {
          actions.showDetails(runId);
        }
      }}
      onContextMenu={() => {
        if (!isTicked) {
          table.tick(runId, 'only');
        }
        table.setActive(index, table.activeColumn);
      }}
    >
      {placed.map(place => (
        <Cell key={place.column} {...props} place={place} />
      ))}
    </div>
  );
}

function Cell(props: IRowProps & { place: IPlacedColumn }): JSX.Element {
  const { table, trans, row, index, place } = props;
  const { column, position } = place;
  const isName = column === NAME_COLUMN;
  const value = table.cell(row, column);
  const isBest = table.isBest(row, column);
  const name = oneLine(row.name) || row.runId;
  return (
    <div
      id={`${props.id}-${index}-${position - 1}`}
      role={isName ? 'rowheader' : 'gridcell'}
      className={`jp-MlflowTable-cell${place.isFixed ? ' jp-mod-fixed' : ''}${
        isName ? ' jp-MlflowTable-name' : ''
      }${isNumeric(column) ? ' jp-mod-number' : ''}${isBest ? ' jp-mod-best' : ''}${
        position - 1 === props.activeColumn ? ' jp-mod-active' : ''
      }`}
      style={{ left: place.left, width: place.width }}
      aria-colindex={position}
      data-column={column}
      data-position={position}
      title={isName ? nameTitle() : fullText(value, column, trans) || undefined}
    >
      {isName ? (
        <>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={props.isTicked}
            aria-label={trans.__('Select %1', name)}
            // The row's click does it, with its shift key.
            onChange={() => undefined}
          />
          <StatusIcon
            status={row.status}
            isDamaged={row.problem !== null}
            trans={trans}
          />
          <Hidden>
            {row.problem === null
              ? statusText(row.status, trans)
              : trans.__('damaged')}{' '}
          </Hidden>
          <span className="jp-MlflowTable-label">
            {row.parentRunId !== null && <span aria-hidden="true">↳ </span>}
            {name}
          </span>
          {row.parentRunId !== null && (
            <Hidden> {trans.__('(child run)')}</Hidden>
          )}
        </>
      ) : (
        <>
          {shortText(value, column, trans)}
          {isBest && <Hidden> {trans.__('(best)')}</Hidden>}
        </>
      )}
    </div>
  );

  function nameTitle(): string {
    return [
      name,
      row.problem === null
        ? statusText(row.status, trans)
        : oneLine(row.problem, 300),
      row.runId
    ].join('\n');
  }
}

/** A row that is still to come. */
export function PlaceholderRow(props: {
  index: number;
  start: number;
  label: string;
}): JSX.Element {
  return (
    <div
      role="row"
      className="jp-MlflowTable-row jp-mod-placeholder"
      style={{ transform: `translateY(${props.start}px)` }}
      aria-rowindex={props.index + 2}
      aria-busy="true"
    >
      <div role="gridcell" aria-label={props.label} aria-colindex={1}>
        <span className="jp-MlflowSkeleton" />
      </div>
    </div>
  );
}
