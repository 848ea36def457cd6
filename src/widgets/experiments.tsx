/** The section Experiments: search, and a list of which one or more are chosen. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { KeyboardEvent, MouseEvent } from 'react';
import { oneLine } from '../format';
import type { ExperimentsState } from '../state/experiments';
import { EmptyNotice, ErrorNotice, LoadingNotice } from './controls';
import { pressRow, VirtualList, type Move } from './list';

const ROW_HEIGHT = 24;
/** Below this number a search box would be longer than the list. */
const SEARCH_FROM = 8;

export interface IExperimentsProps {
  experiments: ExperimentsState;
  /** Double-click: open the table of the runs. */
  onOpen?: (experimentId: string) => void;
  trans: TranslationBundle;
}

export function Experiments(props: IExperimentsProps): JSX.Element {
  const { experiments, trans } = props;
  const { items, failure } = experiments;
  const hasSearch =
    experiments.search !== '' || items.length >= SEARCH_FROM || !!failure;
  return (
    <div className="jp-MlflowExperiments-content">
      {experiments.hasLoaded && hasSearch && (
        <input
          type="search"
          className="jp-mod-styled jp-MlflowExperiments-search"
          aria-label={trans.__('Search experiments')}
          placeholder={trans.__('Search experiments')}
          defaultValue={experiments.search}
          onChange={event => experiments.setSearch(event.target.value.trim())}
          onKeyDown={event => {
            if (event.key === 'Escape' && event.currentTarget.value) {
              event.stopPropagation();
              event.currentTarget.value = '';
              experiments.setSearch('');
            }
          }}
        />
      )}
      {items.length > 0 && <ExperimentList {...props} />}
      <Notice {...props} />
    </div>
  );
}

function Notice(props: IExperimentsProps): JSX.Element | null {
  const { experiments, trans } = props;
  if (experiments.failure) {
    return (
      <ErrorNotice
        title={trans.__('The experiments could not be read')}
        failure={experiments.failure}
        onRetry={() => void experiments.retry()}
        trans={trans}
      />
    );
  }
  if (experiments.items.length > 0) {
    return null;
  }
  if (experiments.isLoading || !experiments.hasLoaded) {
    return experiments.connection === null && !experiments.isLoading ? null : (
      <LoadingNotice label={trans.__('Loading experiments…')} />
    );
  }
  return experiments.search ? (
    <EmptyNotice title={trans.__('No experiment has this in its name.')} />
  ) : (
    <EmptyNotice title={trans.__('No experiments yet.')}>
      {trans.__(
        'Log a run with this tracking URI (mlflow.set_tracking_uri), then refresh.'
      )}
    </EmptyNotice>
  );
}

function ExperimentList(props: IExperimentsProps): JSX.Element {
  const { experiments, trans } = props;
  const { items, active, selection, total } = experiments;
  const activeIndex = items.findIndex(item => item.experiment_id === active);

  const go = (index: number, event: KeyboardEvent): void => {
    const item = items[Math.min(items.length - 1, Math.max(0, index))];
    if (!item) {
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      experiments.setActive(item.experiment_id);
    } else {
      experiments.select(
        item.experiment_id,
        event.shiftKey ? 'extend' : 'only'
      );
    }
  };
  const onMove = (move: Move, rows: number, event: KeyboardEvent): void => {
    switch (move) {
      case 'up':
        return go(activeIndex - 1, event);
      case 'down':
        return go(activeIndex + 1, event);
      case 'page-up':
        return go(activeIndex - rows, event);
      case 'page-down':
        return go(activeIndex + rows, event);
      case 'home':
        return go(0, event);
      case 'end':
        return go(items.length - 1, event);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (active !== null && (event.key === ' ' || event.key === 'Enter')) {
      event.preventDefault();
      experiments.select(active, event.key === ' ' ? 'toggle' : 'only');
    }
  };
  const onClick = (id: string, event: MouseEvent): void => {
    const how = event.shiftKey
      ? 'extend'
      : event.ctrlKey || event.metaKey
        ? 'toggle'
        : 'only';
    experiments.select(id, how);
  };

  return (
    <VirtualList
      role="listbox"
      label={trans.__('Experiments')}
      className="jp-MlflowExperiments-list"
      idPrefix="jp-mlflow-experiment"
      count={items.length}
      rowHeight={ROW_HEIGHT}
      activeIndex={activeIndex}
      activeKey={active}
      resetKey={`${experiments.connection} ${experiments.search}`}
      isMulti
      isBusy={experiments.isLoading}
      onLook={index => experiments.look(index)}
      onMove={onMove}
      onKey={onKey}
      renderRow={(index, row) => {
        const item = items[index];
        const isSelected = selection.has(item.experiment_id);
        const isDeleted = item.lifecycle_stage === 'deleted';
        return (
          <div
            key={item.experiment_id}
            {...row}
            role="option"
            className={`jp-MlflowList-row jp-MlflowExperiments-row${
              isSelected ? ' jp-mod-selected' : ''
            }${item.experiment_id === active ? ' jp-mod-active' : ''}${
              isDeleted ? ' jp-mod-deleted' : ''
            }`}
            aria-selected={isSelected}
            aria-setsize={total ?? -1}
            aria-posinset={index + 1}
            title={[
              trans.__('%1 (id %2)', oneLine(item.name), item.experiment_id),
              oneLine(item.problem ?? '', 300)
            ]
              .join('\n')
              .trim()}
            onMouseDown={pressRow}
            onClick={event => onClick(item.experiment_id, event)}
            onDoubleClick={() => props.onOpen?.(item.experiment_id)}
            onContextMenu={() => {
              if (!isSelected) {
                experiments.select(item.experiment_id);
              } else {
                experiments.setActive(item.experiment_id);
              }
            }}
          >
            <span className="jp-MlflowExperiments-name">
              {oneLine(item.name) || item.experiment_id}
            </span>
            {item.problem && (
              <span className="jp-MlflowTag jp-mod-problem">
                {trans.__('damaged')}
              </span>
            )}
            {isDeleted && (
              <span className="jp-MlflowTag">{trans.__('deleted')}</span>
            )}
          </div>
        );
      }}
    />
  );
}

/** The section as a widget. */
export class ExperimentsWidget extends VDomRenderer<ExperimentsState> {
  constructor(options: IExperimentsProps) {
    super(options.experiments);
    this._options = options;
    this.addClass('jp-MlflowExperiments');
  }

  protected render(): JSX.Element {
    return <Experiments {...this._options} />;
  }

  private _options: IExperimentsProps;
}
