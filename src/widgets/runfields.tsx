/** The facts about a run that are not tables: times, user, source, parent. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactNode } from 'react';
import type { RunDetail } from '../api/types';
import { formatDuration, formatTime, oneLine } from '../format';
import { isUnfinished } from '../state/table';
import { CopyButton } from './controls';

/** Letters of a commit that are enough to tell it apart. */
const SHORT_COMMIT = 10;

export function RunFields(props: {
  run: RunDetail;
  onCopy: (text: string) => void;
  onShowRun: (runId: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, onCopy, onShowRun, trans } = props;
  const source = run.source ?? {};
  const start = run.start_time_ms ?? null;
  const end = run.end_time_ms ?? null;
  const until = end ?? (isUnfinished(run.status) ? Date.now() : null);
  const children = run.children ?? 0;
  const parent = run.parent ?? null;
  const copyable = (label: string, value: string, shown: string = value) => (
    <>
      <code title={oneLine(value)}>{shown}</code>
      <CopyButton label={label} value={value} onCopy={onCopy} />
    </>
  );
  return (
    <dl className="jp-MlflowFields">
      <Field name={trans.__('Run id')}>
        {copyable(trans.__('Copy run id'), run.run_id)}
      </Field>
      {start !== null && (
        <Field name={trans.__('Started')}>
          <Moment timeMs={start} />
        </Field>
      )}
      {end !== null && (
        <Field name={trans.__('Ended')}>
          <Moment timeMs={end} />
        </Field>
      )}
      {start !== null && until !== null && (
        <Field name={trans.__('Duration')}>
          {end === null
            ? trans.__('%1 so far', formatDuration(until - start))
            : formatDuration(until - start)}
        </Field>
      )}
      {run.user && <Field name={trans.__('User')}>{oneLine(run.user)}</Field>}
      {source.name && (
        <Field name={trans.__('Source')}>
          {copyable(trans.__('Copy source'), source.name, oneLine(source.name))}
        </Field>
      )}
      {source.git_commit && (
        <Field name={trans.__('Git commit')}>
          {copyable(
            trans.__('Copy git commit'),
            source.git_commit,
            oneLine(source.git_commit, SHORT_COMMIT + 1)
          )}
          {source.git_branch &&
            ` ${trans.__('on %1', oneLine(source.git_branch))}`}
          {source.git_dirty && ` ${trans.__('(with changes)')}`}
        </Field>
      )}
      {parent && (
        <Field name={trans.__('Parent')}>
          <button
            type="button"
            className="jp-MlflowLink"
            title={trans.__('Show the parent run')}
            onClick={() => onShowRun(parent.run_id)}
          >
            {oneLine(parent.run_name) || parent.run_id}
          </button>
        </Field>
      )}
      {children > 0 && (
        <Field name={trans.__('Children')}>
          {trans._n('%1 run', '%1 runs', children)}
        </Field>
      )}
    </dl>
  );
}

function Moment(props: { timeMs: number }): JSX.Element {
  return (
    <time title={formatTime(props.timeMs)}>
      {formatTime(props.timeMs, true)}
    </time>
  );
}

function Field(props: { name: string; children: ReactNode }): JSX.Element {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </>
  );
}
