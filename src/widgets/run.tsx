/** The section Run: everything about one run. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { ReactNode } from 'react';
import { fromWire, type RunDetail } from '../api/types';
import { exactNumber, formatNumber, oneLine } from '../format';
import { insertIcon } from '../icons';
import type { RunState } from '../state/run';
import { Artifacts, type IArtifactsActions } from './artifacts';
import {
  CopyButton,
  EmptyNotice,
  ErrorNotice,
  LoadingNotice,
  StatusIcon,
  TextButton,
  statusText
} from './controls';
import { Curve } from './curve';
import { Entries } from './entries';
import { Models } from './models';
import { Note } from './note';
import { RunFields } from './runfields';

/** The parts that open and close. */
export type Group =
  'note' | 'params' | 'metrics' | 'tags' | 'datasets' | 'models' | 'artifacts';

/** What the section asks for. */
export interface IRunActions {
  copy(text: string): void;
  showRun(runId: string): void;
  insertSummary(runId: string): void;
  openInsertMenu(runId: string, anchor: HTMLElement): void;
}

export interface IRunProps {
  run: RunState;
  actions: IRunActions;
  artifactActions: IArtifactsActions;
  rendermime: IRenderMimeRegistry | null;
  /** The groups that are open. */
  open: ReadonlySet<Group>;
  onToggle: (group: Group, isOpen: boolean) => void;
  trans: TranslationBundle;
}

export function RunDetails(props: IRunProps): JSX.Element {
  const { run, trans } = props;
  const { detail, value } = run;
  if (value) {
    return (
      <div
        className="jp-MlflowRun-content"
        aria-busy={detail.status === 'loading'}
      >
        {detail.status === 'failed' && (
          <ErrorNotice
            title={trans.__('The run could not be read again')}
            failure={detail.failure}
            onRetry={() => void run.refresh()}
            trans={trans}
          />
        )}
        <Head {...props} value={value} />
        <RunFields
          run={value}
          onCopy={props.actions.copy}
          onShowRun={props.actions.showRun}
          trans={trans}
        />
        <Groups {...props} value={value} />
      </div>
    );
  }
  switch (detail.status) {
    case 'failed':
      return (
        <ErrorNotice
          title={trans.__('The run could not be read')}
          failure={detail.failure}
          onRetry={() => void run.refresh()}
          trans={trans}
        />
      );
    case 'loading':
      return <LoadingNotice label={trans.__('Loading run…')} />;
    default:
      return (
        <EmptyNotice title={trans.__('Click a run to see its details.')} />
      );
  }
}

function Head(props: IRunProps & { value: RunDetail }): JSX.Element {
  const { value, actions, trans } = props;
  return (
    <div className="jp-MlflowRun-head">
      <div className="jp-MlflowRun-title">
        <StatusIcon
          status={value.status}
          isDamaged={!!value.problem}
          trans={trans}
        />
        <h4 title={oneLine(value.run_name)}>
          {oneLine(value.run_name) || value.run_id}
        </h4>
        <CopyButton
          label={trans.__('Copy run name')}
          value={value.run_name}
          onCopy={actions.copy}
        />
      </div>
      <div className="jp-MlflowRun-subtitle">
        {value.problem ? (
          <span className="jp-MlflowTag jp-mod-problem">
            {trans.__('damaged')}
          </span>
        ) : (
          <span>{statusText(value.status, trans)}</span>
        )}
        {value.lifecycle_stage === 'deleted' && (
          <span className="jp-MlflowTag">{trans.__('deleted')}</span>
        )}
        <TextButton
          icon={insertIcon}
          label={trans.__('Insert')}
          title={trans.__('Insert cells for this run')}
          hasMenu
          onClick={event =>
            actions.openInsertMenu(value.run_id, event.currentTarget)
          }
        />
      </div>
      {value.problem && <p className="jp-MlflowRun-problem">{value.problem}</p>}
    </div>
  );
}

function Groups(props: IRunProps & { value: RunDetail }): JSX.Element {
  const { run, value, actions, trans } = props;
  const params = sorted(value.params).map(([name, text]) => ({ name, text }));
  const tags = sorted(value.tags).map(([name, text]) => ({ name, text }));
  const metrics = sorted(value.metrics).map(([name, wire]) => {
    const number = fromWire(wire);
    return {
      name,
      text: formatNumber(number),
      exact: exactNumber(number),
      extra:
        (run.curve(name)?.points.length ?? 0) > 1 ? (
          <Curve history={run.curve(name)} trans={trans} />
        ) : undefined
    };
  });
  const inputs = value.inputs ?? [];
  const models = value.models ?? [];
  const { curvesFailure } = run;
  return (
    <>
      {value.note && (
        <Section {...props} group="note" title={trans.__('Note')}>
          <Note text={value.note} rendermime={props.rendermime} />
        </Section>
      )}
      <Section
        {...props}
        group="metrics"
        title={trans.__('Metrics')}
        count={metrics.length}
      >
        {curvesFailure && (
          <ErrorNotice
            title={trans.__('The curves could not be read')}
            failure={curvesFailure}
            onRetry={() =>
              void run.retryCurves(metrics.slice(0, 100).map(m => m.name))
            }
            trans={trans}
          />
        )}
        <Entries
          key={value.run_id}
          label={trans.__('Metrics')}
          entries={metrics}
          onCopy={actions.copy}
          onLook={names => run.lookCurves(names)}
          trans={trans}
        />
      </Section>
      <Section
        {...props}
        group="params"
        title={trans.__('Parameters')}
        count={params.length}
      >
        <Entries
          key={value.run_id}
          label={trans.__('Parameters')}
          entries={params}
          onCopy={actions.copy}
          trans={trans}
        />
      </Section>
      <Section {...props} group="artifacts" title={trans.__('Artifacts')}>
        <Artifacts
          artifacts={run.artifacts}
          actions={props.artifactActions}
          label={trans.__('Artifacts')}
          none={trans.__('This run has no artifacts.')}
          idPrefix="jp-mlflow-artifact"
          trans={trans}
        />
      </Section>
      {models.length > 0 && (
        <Section
          {...props}
          group="models"
          title={trans.__('Models')}
          count={models.length}
        >
          <Models
            models={run.models}
            entries={models}
            actions={props.artifactActions}
            onCopy={actions.copy}
            trans={trans}
          />
        </Section>
      )}
      <Section
        {...props}
        group="tags"
        title={trans.__('Tags')}
        count={tags.length}
      >
        <Entries
          key={value.run_id}
          label={trans.__('Tags')}
          entries={tags}
          onCopy={actions.copy}
          trans={trans}
        />
      </Section>
      {inputs.length > 0 && (
        <Section
          {...props}
          group="datasets"
          title={trans.__('Datasets')}
          count={inputs.length}
        >
          <Entries
            label={trans.__('Datasets')}
            entries={inputs.map((input, index) => ({
              name: `${input.name}${index > 0 && inputs[index - 1].name === input.name ? ` (${index + 1})` : ''}`,
              text: [input.context, input.digest, input.source_type]
                .filter(Boolean)
                .join(' · ')
            }))}
            onCopy={actions.copy}
            trans={trans}
          />
        </Section>
      )}
    </>
  );
}

function Section(
  props: IRunProps & {
    group: Group;
    title: string;
    count?: number;
    children: ReactNode;
  }
): JSX.Element {
  const { group, title, count, trans } = props;
  const isOpen = props.open.has(group);
  return (
    <details
      className="jp-MlflowRun-group"
      open={isOpen}
      data-group={group}
      onToggle={event => {
        if (event.currentTarget.open !== isOpen) {
          props.onToggle(group, event.currentTarget.open);
        }
      }}
    >
      <summary>
        {title}
        {count !== undefined && (
          <span className="jp-MlflowTag">{count.toLocaleString()}</span>
        )}
      </summary>
      {isOpen &&
        (count === 0 ? (
          <div className="jp-MlflowEntries-none">{trans.__('None.')}</div>
        ) : (
          props.children
        ))}
    </details>
  );
}

function sorted<T>(record: Record<string, T> | undefined): [string, T][] {
  return Object.entries(record ?? {}).sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0
  );
}

/** The section as a widget. */
export class RunWidget extends VDomRenderer<RunState> {
  constructor(options: RunWidget.IOptions) {
    super(options.run);
    this._options = options;
    this.addClass('jp-MlflowRun');
    this.node.tabIndex = -1;
    options.run.artifacts.stateChanged.connect(this.update, this);
    options.run.models.stateChanged.connect(this.update, this);
  }

  /** The open groups, to be saved. */
  get open(): readonly Group[] {
    return [...this._open];
  }
  set open(groups: readonly Group[]) {
    this._open = new Set(groups);
    this.update();
  }

  protected render(): JSX.Element {
    return (
      <RunDetails
        {...this._options}
        open={this._open}
        onToggle={(group, isOpen) => {
          if (isOpen) {
            this._open.add(group);
          } else {
            this._open.delete(group);
          }
          this._options.onGroupsChanged();
          this.update();
        }}
      />
    );
  }

  private _open = new Set<Group>([
    'note',
    'params',
    'metrics',
    'artifacts',
    'models'
  ]);
  private _options: RunWidget.IOptions;
}

/** The namespace for `RunWidget` types. */
export namespace RunWidget {
  /** Options of the constructor. */
  export interface IOptions extends Omit<IRunProps, 'open' | 'onToggle'> {
    /** The open groups changed and should be saved. */
    onGroupsChanged: () => void;
  }
}
