/** The section Runs: search, order, the list, and what to do with the chosen ones. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  closeIcon,
  ellipsesIcon,
  filterListIcon,
  notebookIcon,
  VDomRenderer
} from '@jupyterlab/ui-components';
import { curvesIcon, sortIcon } from '../icons';
import type { RunsState } from '../state/runs';
import {
  EmptyNotice,
  ErrorNotice,
  IconButton,
  LoadingNotice,
  MenuButton,
  TextButton
} from './controls';
import { RunList } from './runlist';
import { SearchBox } from './search';

/** The menus of the section. */
export type RunsMenu = 'order' | 'metric' | 'view' | 'more';

/** What the section asks for. */
export interface IRunsActions {
  insertSummary(): void;
  insertComparison(): void;
  insertMetricComparison(): void;
  newNotebook(): void;
  /** Open the details of a run and go there. */
  showDetails(runId: string): void;
  /** Double-click: insert by the recipe from the settings. */
  insertDefault(runId: string): void;
  drag(runIds: readonly string[], clientX: number, clientY: number): void;
  openMenu(menu: RunsMenu, anchor: HTMLElement): void;
}

export interface IRunsProps {
  runs: RunsState;
  actions: IRunsActions;
  /** Whether there are experiments to choose from; where not, their section says what is wrong. */
  hasChoice: () => boolean;
  trans: TranslationBundle;
}

export function Runs(props: IRunsProps): JSX.Element {
  const { runs, actions, trans } = props;
  if (runs.experimentIds.length === 0) {
    return props.hasChoice() ? (
      <EmptyNotice title={trans.__('Choose an experiment to see its runs.')} />
    ) : (
      <></>
    );
  }
  const isFilterWrong = runs.failure?.code === 'bad_filter';
  return (
    <div className="jp-MlflowRuns-content">
      <SearchBox
        query={runs.query}
        columns={runs.columns}
        failure={isFilterWrong ? runs.failure : null}
        onQuery={query => runs.setQuery(query)}
        trans={trans}
      />
      <div className="jp-MlflowRuns-options">
        <MenuButton
          icon={sortIcon}
          label={trans.__('Order')}
          value={orderText(runs.order, trans)}
          onOpen={anchor => actions.openMenu('order', anchor)}
        />
        <MenuButton
          icon={curvesIcon}
          label={trans.__('Metric')}
          value={runs.metric ?? trans.__('none')}
          onOpen={anchor => actions.openMenu('metric', anchor)}
        />
        <MenuButton
          icon={filterListIcon}
          label={trans.__('Shown')}
          value={viewText(runs, trans)}
          isQuiet={runs.view === 'active'}
          onOpen={anchor => actions.openMenu('view', anchor)}
        />
      </div>
      {runs.lineCount > 0 && <RunList {...props} />}
      {!isFilterWrong && <Notice {...props} />}
      <Footer {...props} />
      {runs.selection.size > 0 && <SelectionBar {...props} />}
    </div>
  );
}

/** An order clause in words. */
export function orderText(order: string, trans: TranslationBundle): string {
  switch (order) {
    case '':
      return trans.__('Newest first');
    case 'attributes.start_time ASC':
      return trans.__('Oldest first');
    case 'attributes.run_name ASC':
      return trans.__('Name, A to Z');
    case 'attributes.run_name DESC':
      return trans.__('Name, Z to A');
    case 'attributes.status ASC':
      return trans.__('Status');
    case 'attributes.end_time DESC':
      return trans.__('Last ended first');
  }
  const clause = /^metrics\.[`"]?(.*?)[`"]? (ASC|DESC)$/.exec(order);
  if (!clause) {
    return order;
  }
  return clause[2] === 'DESC'
    ? trans.__('%1, highest first', clause[1])
    : trans.__('%1, lowest first', clause[1]);
}

function viewText(runs: RunsState, trans: TranslationBundle): string {
  switch (runs.view) {
    case 'deleted':
      return trans.__('Deleted');
    case 'all':
      return trans.__('All');
    default:
      return trans.__('Active');
  }
}

function Notice(props: IRunsProps): JSX.Element | null {
  const { runs, trans } = props;
  if (runs.failure) {
    return (
      <ErrorNotice
        title={trans.__('The runs could not be read')}
        failure={runs.failure}
        onRetry={() => void runs.retry()}
        trans={trans}
      />
    );
  }
  if (runs.loaded > 0) {
    return null;
  }
  if (runs.isLoading || !runs.hasLoaded) {
    return <LoadingNotice label={trans.__('Loading runs…')} />;
  }
  if (runs.query) {
    return (
      <EmptyNotice title={trans.__('No run matches.')}>
        <TextButton
          label={trans.__('Clear search')}
          onClick={() => runs.setQuery('')}
        />
      </EmptyNotice>
    );
  }
  return runs.view === 'deleted' ? (
    <EmptyNotice title={trans.__('No deleted runs.')} />
  ) : (
    <EmptyNotice title={trans.__('No runs yet.')}>
      {trans.__('Log one with mlflow.start_run(), then refresh.')}
    </EmptyNotice>
  );
}

function Footer(props: IRunsProps): JSX.Element | null {
  const { runs, trans } = props;
  if (!runs.hasLoaded || runs.loaded === 0) {
    return null;
  }
  const loaded = runs.loaded.toLocaleString();
  const text =
    runs.total === null
      ? trans.__('Showing %1, more on scroll', loaded)
      : trans.__('Showing %1 of %2', loaded, runs.total.toLocaleString());
  return (
    <div className="jp-MlflowRuns-footer" role="status">
      <span>{text}</span>
      {runs.isLoading && (
        <span className="jp-MlflowSpinner" aria-hidden="true" />
      )}
    </div>
  );
}

function SelectionBar(props: IRunsProps): JSX.Element {
  const { runs, actions, trans } = props;
  const count = runs.selection.size;
  const hidden = runs.hiddenSelected;
  return (
    <div
      className="jp-MlflowRuns-selection"
      role="toolbar"
      aria-label={trans.__('Chosen runs')}
    >
      <div className="jp-MlflowRuns-count">
        <span role="status">
          {trans._n('%1 run selected', '%1 runs selected', count)}
          {hidden > 0 && ` ${trans.__('(%1 not shown)', hidden)}`}
        </span>
        <span className="jp-MlflowRuns-tools">
          <IconButton
            icon={notebookIcon}
            label={trans.__('New notebook from selection')}
            onClick={() => actions.newNotebook()}
          />
          <IconButton
            icon={ellipsesIcon}
            label={trans.__('More to do with the chosen runs')}
            hasMenu
            onClick={event => actions.openMenu('more', event.currentTarget)}
          />
          <IconButton
            icon={closeIcon}
            label={trans.__('Clear selection')}
            onClick={() => runs.clearSelection()}
          />
        </span>
      </div>
      <div className="jp-MlflowRuns-actions">
        {count === 1 ? (
          <TextButton
            isPrimary
            label={trans.__('Insert summary')}
            title={trans.__('Insert cells that show this run')}
            onClick={() => actions.insertSummary()}
          />
        ) : (
          <>
            <TextButton
              isPrimary
              label={trans.__('Insert comparison')}
              title={trans.__('Insert cells that compare the chosen runs')}
              onClick={() => actions.insertComparison()}
            />
            <TextButton
              label={trans.__('Compare metrics')}
              title={trans.__('Insert cells that overlay the metric curves')}
              onClick={() => actions.insertMetricComparison()}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** The section as a widget. */
export class RunsWidget extends VDomRenderer<RunsState> {
  constructor(options: IRunsProps) {
    super(options.runs);
    this._options = options;
    this.addClass('jp-MlflowRuns');
  }

  /** Put the cursor into the search box. */
  focusSearch(): void {
    this.node
      .querySelector<HTMLInputElement>('.jp-MlflowSearch-input')
      ?.focus();
  }

  protected render(): JSX.Element {
    return <Runs {...this._options} />;
  }

  private _options: IRunsProps;
}
