/** The columnar answer of `runs/table`, and the rows that the list shows. Pure. */
import type { ITableQuery } from '../api/client';
import { fromWire, type RunsTable, type RunStatus } from '../api/types';

/** What the runs list knows of one run. */
export interface IRunRow {
  readonly runId: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly startTimeMs: number | null;
  readonly endTimeMs: number | null;
  readonly isDeleted: boolean;
  readonly experimentId: string;
  readonly parentRunId: string | null;
  /** Value of the metric of choice; null where the run has none. May be NaN or infinite. */
  readonly metric: number | null;
  /** Why the run is damaged; null for one that was read in full. */
  readonly problem: string | null;
}

const COLUMNS = [
  'attributes.run_name',
  'attributes.status',
  'attributes.start_time',
  'attributes.end_time',
  'attributes.lifecycle_stage',
  'attributes.experiment_id',
  'tags.mlflow.parentRunId',
  'attributes.problem'
];

/** The columns to ask for; the metric of choice, if any, is the last one. */
export function tableColumns(metric: string | null): ITableQuery['columns'] {
  return metric === null ? COLUMNS : [...COLUMNS, `metrics.${metric}`];
}

/** Turn columns, which come in the order asked for, into rows. */
export function toRows(table: RunsTable, metric: string | null): IRunRow[] {
  const column = (index: number) => table.columns[index]?.values ?? [];
  const [
    names,
    statuses,
    starts,
    ends,
    stages,
    experiments,
    parents,
    problems,
    metrics
  ] = [...COLUMNS.keys(), COLUMNS.length].map(column);
  return table.run_ids.map((runId, i) => ({
    runId,
    name: text(names[i]) ?? '',
    status: (text(statuses[i]) ?? 'FINISHED') as RunStatus,
    startTimeMs: time(starts[i]),
    endTimeMs: time(ends[i]),
    isDeleted: stages[i] === 'deleted',
    experimentId: text(experiments[i]) ?? '',
    parentRunId: text(parents[i]) || null,
    metric:
      metric === null || metrics[i] === null || metrics[i] === undefined
        ? null
        : fromWire(metrics[i]),
    problem: text(problems[i]) || null
  }));
}

/** Whether a run may still change. */
export function isUnfinished(status: RunStatus): boolean {
  return status === 'RUNNING' || status === 'SCHEDULED';
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function time(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
