/** The popover in which the columns of a runs table are chosen. It knows keys only, and loads no values. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { RunTableState } from '../state/runtable';
import { offeredColumns, type ColumnId } from '../state/tablelayout';
import { TextButton } from './controls';
import { VirtualList, type Move } from './list';
import { columnLabel, kindLabel } from './tablecells';

const ROW_HEIGHT = 24;
/** More columns than this at one press are a mistake more often than a wish. */
const MAX_AT_ONCE = 500;

export function ColumnChooser(props: {
  table: RunTableState;
  onClose: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { table, onClose, trans } = props;
  const { known } = table.columns;
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => input.current?.focus(), []);

  const found = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return offeredColumns(known).filter(
      column =>
        column.toLowerCase().includes(wanted) ||
        columnLabel(column, trans).toLowerCase().includes(wanted)
    );
  }, [known, search, trans]);
  const chosen = new Set(table.columns.chosen);
  const index = Math.min(active, found.length - 1);

  const toggle = (column: ColumnId | undefined): void => {
    if (column !== undefined) {
      table.columns.setShown(column, !chosen.has(column));
    }
  };
  const onMove = (move: Move, rows: number): void => {
    const steps: Record<Move, number> = {
      up: -1,
      down: 1,
      'page-up': -rows,
      'page-down': rows,
      home: -Infinity,
      end: Infinity
    };
    setActive(Math.max(0, Math.min(found.length - 1, index + steps[move])));
  };

  return (
    <div
      className="jp-MlflowColumns"
      role="dialog"
      aria-label={trans.__('Columns')}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <input
        ref={input}
        type="search"
        className="jp-mod-styled"
        aria-label={trans.__('Search columns')}
        placeholder={trans.__('Search columns')}
        value={search}
        onChange={event => {
          setSearch(event.target.value);
          setActive(0);
        }}
      />
      <VirtualList
        role="listbox"
        label={trans.__('Columns')}
        className="jp-MlflowColumns-list"
        idPrefix={`${id}-column`}
        count={found.length}
        rowHeight={ROW_HEIGHT}
        activeIndex={index}
        activeKey={found[index] ?? null}
        resetKey={search}
        isMulti
        isBusy={known === undefined && table.columns.knownFailure === null}
        onLook={() => undefined}
        onMove={onMove}
        onKey={event => {
          if (event.key === ' ' || event.key === 'Enter') {
            event.preventDefault();
            toggle(found[index]);
          }
        }}
        renderRow={(at, row) => {
          const column = found[at];
          const isChosen = chosen.has(column);
          return (
            <div
              key={column}
              {...row}
              role="option"
              className={`jp-MlflowList-row${at === index ? ' jp-mod-active' : ''}`}
              aria-selected={isChosen}
              aria-setsize={found.length}
              aria-posinset={at + 1}
              title={column}
              onMouseDown={event => {
                event.preventDefault();
                setActive(at);
              }}
              onClick={() => toggle(column)}
            >
              <input
                type="checkbox"
                tabIndex={-1}
                aria-hidden="true"
                checked={isChosen}
                onChange={() => undefined}
              />
              <span className="jp-MlflowColumns-key">
                {columnLabel(column, trans)}
              </span>
              <span className="jp-MlflowTag">{kindLabel(column, trans)}</span>
            </div>
          );
        }}
      />
      <div className="jp-MlflowColumns-note" role="status">
        {table.columns.knownFailure
          ? table.columns.knownFailure.message
          : known === undefined
            ? trans.__('Loading columns…')
            : trans.__(
                '%1 of %2 columns chosen',
                table.columns.chosen.length.toLocaleString(),
                offeredColumns(known).length.toLocaleString()
              )}
        {known?.truncated &&
          ` ${trans.__('The store could look at some of the runs only.')}`}
      </div>
      <div className="jp-MlflowColumns-buttons">
        <TextButton
          label={
            search.trim()
              ? trans.__(
                  'Add the %1 found',
                  Math.min(found.length, MAX_AT_ONCE)
                )
              : trans.__('Add all')
          }
          title={trans.__('At most %1 at a time', MAX_AT_ONCE)}
          onClick={() =>
            table.columns.choose([
              ...new Set([
                ...table.columns.chosen,
                ...found.slice(0, MAX_AT_ONCE)
              ])
            ])
          }
        />
        <TextButton
          label={trans.__('Remove all')}
          onClick={() => table.columns.choose([])}
        />
        <TextButton
          label={trans.__('Usual columns')}
          onClick={() => table.columns.choose(null)}
        />
        <TextButton label={trans.__('Close')} onClick={onClose} />
      </div>
    </div>
  );
}
