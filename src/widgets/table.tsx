/** The runs table as a whole: search and tools, the grid, what is shown, and what to do with the ticked runs. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  closeIcon,
  copyIcon,
  ellipsesIcon,
  notebookIcon,
  refreshIcon,
  tableRowsIcon,
  VDomRenderer
} from '@jupyterlab/ui-components';
import { useRef, useState } from 'react';
import { insertIcon, reportIcon } from '../icons';
import type { RunTableState } from '../state/runtable';
import type { ColumnId } from '../state/tablelayout';
import { ColumnChooser } from './columnchooser';
import {
  EmptyNotice,
  ErrorNotice,
  IconButton,
  LoadingNotice,
  TextButton
} from './controls';
import { SearchBox } from './search';
import { TableGrid } from './tablegrid';

/** What the table asks for. */
export interface ITableActions {
  /** Open the details of a run in the panel. */
  showDetails(runId: string): void;
  insertSummary(): void;
  insertComparison(): void;
  insertSearch(): void;
  newNotebook(): void;
  exportReport(): void;
  openHeaderMenu(column: ColumnId, clientX: number, clientY: number): void;
  openMenu(menu: 'copy' | 'more', anchor: HTMLElement): void;
  copyText(text: string): void;
}

export interface ITableProps {
  table: RunTableState;
  actions: ITableActions;
  trans: TranslationBundle;
}

export function RunTable(props: ITableProps): JSX.Element {
  const { table } = props;
  const version = useRef(0);
  version.current += 1;
  const isFilterWrong = table.failure?.code === 'bad_filter';
  return (
    <div className="jp-MlflowTable-frame">
      <Tools {...props} />
      {table.rows.length > 0 && (
        <TableGrid {...props} version={version.current} />
      )}
      {!isFilterWrong && <Notice {...props} />}
      <Footer {...props} />
      {table.selection.size > 0 && <SelectionBar {...props} />}
    </div>
  );
}

function Tools(props: ITableProps): JSX.Element {
  const { table, actions, trans } = props;
  const isFilterWrong = table.failure?.code === 'bad_filter';
  return (
    <div className="jp-MlflowTable-tools">
      <SearchBox
        query={table.query}
        columns={table.columns.known}
        failure={isFilterWrong ? table.failure : null}
        onQuery={query => table.setQuery(query)}
        trans={trans}
      />
      <div
        className="jp-MlflowTable-buttons"
        role="toolbar"
        aria-label={trans.__('Runs table')}
      >
        <ColumnsButton {...props} />
        <Toggle
          label={trans.__('Only differing')}
          title={trans.__(
            'Hide params, metrics and tags that are equal in all loaded runs'
          )}
          isOn={table.columns.layout.onlyDiffering}
          onToggle={isOn => table.columns.set({ onlyDiffering: isOn })}
        />
        <Toggle
          label={trans.__('Hide empty')}
          title={trans.__(
            'Hide params, metrics and tags that no loaded run has'
          )}
          isOn={table.columns.layout.hideEmpty}
          onToggle={isOn => table.columns.set({ hideEmpty: isOn })}
        />
        <IconButton
          icon={copyIcon}
          label={trans.__('Copy the table')}
          hasMenu
          onClick={event => actions.openMenu('copy', event.currentTarget)}
        />
        <TextButton
          icon={insertIcon}
          label={trans.__('Insert as cells')}
          title={trans.__('Insert this search with its order as code')}
          onClick={() => actions.insertSearch()}
        />
        <IconButton
          icon={refreshIcon}
          label={trans.__('Refresh')}
          onClick={() => void table.reload()}
        />
      </div>
    </div>
  );
}

function Toggle(props: {
  label: string;
  title: string;
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className={`jp-MlflowButton jp-mod-text${props.isOn ? ' jp-mod-on' : ''}`}
      aria-pressed={props.isOn}
      title={props.title}
      onClick={() => props.onToggle(!props.isOn)}
    >
      {props.label}
    </button>
  );
}

function ColumnsButton(props: ITableProps): JSX.Element {
  const { table, trans } = props;
  const [isOpen, setIsOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  return (
    <div
      ref={frame}
      className="jp-MlflowTable-columns"
      onBlur={event => {
        const to = event.relatedTarget;
        if (to !== null && !event.currentTarget.contains(to)) {
          setIsOpen(false);
        }
      }}
    >
      <button
        type="button"
        className="jp-MlflowButton jp-mod-text"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        title={trans.__('Choose the columns')}
        onClick={() => setIsOpen(!isOpen)}
      >
        <tableRowsIcon.react tag="span" aria-hidden="true" />
        {trans.__('Columns')}
      </button>
      {isOpen && (
        <ColumnChooser
          table={table}
          trans={trans}
          onClose={() => {
            setIsOpen(false);
            frame.current?.querySelector('button')?.focus();
          }}
        />
      )}
    </div>
  );
}

function Notice(props: ITableProps): JSX.Element | null {
  const { table, trans } = props;
  if (table.failure) {
    return (
      <ErrorNotice
        title={trans.__('The runs could not be read')}
        failure={table.failure}
        onRetry={() => void table.retry()}
        trans={trans}
      />
    );
  }
  if (table.rows.length > 0) {
    return null;
  }
  if (table.isLoading || !table.hasLoaded) {
    return <LoadingNotice label={trans.__('Loading runs…')} />;
  }
  return table.query ? (
    <EmptyNotice title={trans.__('No run matches.')}>
      <TextButton
        label={trans.__('Clear search')}
        onClick={() => table.setQuery('')}
      />
    </EmptyNotice>
  ) : (
    <EmptyNotice title={trans.__('No runs yet.')}>
      {trans.__('Log one with mlflow.start_run(), then refresh.')}
    </EmptyNotice>
  );
}

function Footer(props: ITableProps): JSX.Element | null {
  const { table, trans } = props;
  if (table.rows.length === 0) {
    return null;
  }
  const { onlyDiffering, hideEmpty } = table.columns.layout;
  const loaded = table.rows.length.toLocaleString();
  return (
    <div className="jp-MlflowRuns-footer jp-MlflowTable-footer" role="status">
      <span>
        {table.total === null
          ? trans.__('%1 runs loaded, more on scroll', loaded)
          : trans.__('%1 of %2 runs', loaded, table.total.toLocaleString())}
      </span>
      {(onlyDiffering || hideEmpty) && (
        <span>
          {trans._n(
            '%1 column hidden, judged by %2 loaded runs',
            '%1 columns hidden, judged by %2 loaded runs',
            table.columns.hiddenCount,
            table.judged.toLocaleString()
          )}
        </span>
      )}
      {table.isLoading && (
        <span className="jp-MlflowSpinner" aria-hidden="true" />
      )}
    </div>
  );
}

function SelectionBar(props: ITableProps): JSX.Element {
  const { table, actions, trans } = props;
  const count = table.selection.size;
  const hidden = table.selectedIds.length - ticked(table);
  return (
    <div
      className="jp-MlflowTable-selection"
      role="toolbar"
      aria-label={trans.__('Chosen runs')}
    >
      <span role="status">
        {trans._n('%1 run selected', '%1 runs selected', count)}
        {hidden > 0 && ` ${trans.__('(%1 not shown)', hidden)}`}
      </span>
      {count === 1 ? (
        <TextButton
          isPrimary
          label={trans.__('Insert summary')}
          onClick={() => actions.insertSummary()}
        />
      ) : (
        <TextButton
          isPrimary
          label={trans.__('Insert comparison')}
          onClick={() => actions.insertComparison()}
        />
      )}
      <IconButton
        icon={notebookIcon}
        label={trans.__('New notebook from selection')}
        onClick={() => actions.newNotebook()}
      />
      <IconButton
        icon={reportIcon}
        label={trans.__('Export report of selection')}
        onClick={() => actions.exportReport()}
      />
      {table.isShared && (
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More to do with the chosen runs')}
          hasMenu
          onClick={event => actions.openMenu('more', event.currentTarget)}
        />
      )}
      <IconButton
        icon={closeIcon}
        label={trans.__('Clear selection')}
        onClick={() => table.tickAll(false)}
      />
    </div>
  );
}

/** How many of the loaded rows are ticked. */
function ticked(table: RunTableState): number {
  return table.ids.filter(id => table.selection.has(id)).length;
}

/** The table as a widget, which owns its state. */
export class RunTableWidget extends VDomRenderer<RunTableState> {
  constructor(options: ITableProps) {
    super(options.table);
    this._options = options;
    this.addClass('jp-MlflowTable');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._options.table.dispose();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return <RunTable {...this._options} />;
  }

  private _options: ITableProps;
}
