/** Command ids and the arguments of each. Data only. */
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

/** All commands; each is in the palette, where that makes sense, under the category MLflow. */
export namespace CommandIDs {
  export const showPanel = 'mlflow-explorer:show-panel';
  export const refreshPanel = 'mlflow-explorer:refresh-panel';
  export const searchRuns = 'mlflow-explorer:search-runs';

  export const selectConnection = 'mlflow-explorer:select-connection';
  export const addConnection = 'mlflow-explorer:add-connection';
  export const removeConnection = 'mlflow-explorer:remove-connection';
  export const useNotebookUri = 'mlflow-explorer:use-notebook-tracking-uri';

  export const openRunsTable = 'mlflow-explorer:open-runs-table';
  export const openExperiment = 'mlflow-explorer:open-experiment';
  export const copyExperimentId = 'mlflow-explorer:copy-experiment-id';
  export const copyExperimentName = 'mlflow-explorer:copy-experiment-name';
  export const viewExperiments = 'mlflow-explorer:view-experiments';

  export const showRun = 'mlflow-explorer:show-run';
  export const selectRuns = 'mlflow-explorer:select-runs';
  export const selectAllRuns = 'mlflow-explorer:select-all-runs';
  export const clearSelection = 'mlflow-explorer:clear-selection';
  export const copyRunId = 'mlflow-explorer:copy-run-id';
  export const copyRunName = 'mlflow-explorer:copy-run-name';
  export const sortRuns = 'mlflow-explorer:sort-runs';
  export const showMetric = 'mlflow-explorer:show-metric';
  export const viewRuns = 'mlflow-explorer:view-runs';

  export const insertCells = 'mlflow-explorer:insert-cells';
  export const insertSetup = 'mlflow-explorer:insert-setup';
  export const insertLoadRun = 'mlflow-explorer:insert-load-run';
  export const insertRunSummary = 'mlflow-explorer:insert-run-summary';
  export const insertMetricHistory = 'mlflow-explorer:insert-metric-history';
  export const insertComparison = 'mlflow-explorer:insert-comparison';
  export const insertMetricComparison =
    'mlflow-explorer:insert-metric-comparison';
  export const insertRunSearch = 'mlflow-explorer:insert-run-search';
  export const insertMigration = 'mlflow-explorer:insert-migration';
  export const insertOverview = 'mlflow-explorer:insert-overview';
  export const insertGroups = 'mlflow-explorer:insert-groups';
  export const insertDistributions = 'mlflow-explorer:insert-distributions';
  export const insertScatter = 'mlflow-explorer:insert-scatter';
  export const insertParallelCoordinates =
    'mlflow-explorer:insert-parallel-coordinates';
  export const insertLeaderboard = 'mlflow-explorer:insert-leaderboard';
  export const insertDuckdbExport = 'mlflow-explorer:insert-duckdb-export';
  export const insertModelLoading = 'mlflow-explorer:insert-model-loading';
  export const insertPrediction = 'mlflow-explorer:insert-prediction';
  export const insertReproduction = 'mlflow-explorer:insert-reproduction';
  export const insertRecipe = 'mlflow-explorer:insert-recipe';

  export const refreshCells = 'mlflow-explorer:refresh-cells';
  export const refreshNotebook = 'mlflow-explorer:refresh-notebook';

  export const newNotebook = 'mlflow-explorer:new-notebook';
  export const exportReport = 'mlflow-explorer:export-report';
  export const exportNotebookReport = 'mlflow-explorer:export-notebook-report';

  export const openArtifact = 'mlflow-explorer:open-artifact';
  export const openArtifactWith = 'mlflow-explorer:open-artifact-with';
  export const downloadArtifact = 'mlflow-explorer:download-artifact';
  export const copyArtifactPath = 'mlflow-explorer:copy-artifact-path';
  export const copyArtifactRunId = 'mlflow-explorer:copy-artifact-run-id';
  export const insertArtifact = 'mlflow-explorer:insert-artifact';
  export const insertCollectedArtifact =
    'mlflow-explorer:insert-collected-artifact';
  export const insertBootstrapSummary =
    'mlflow-explorer:insert-bootstrap-summary';
}

/** Names one connection; the current one where left out. */
export interface IConnectionArgs extends ReadonlyPartialJSONObject {
  connection?: string;
}

/** Names one experiment; the one with the focus where left out. */
export interface IExperimentArgs extends IConnectionArgs {
  experimentId?: string;
}

/** Names the experiments of a table; the chosen ones where left out. */
export interface ITableArgs extends IConnectionArgs {
  experimentIds?: string[];
  /** Label of the tab, for a table that is restored before the experiments are known. */
  title?: string;
}

/** Names runs; the selection where left out. */
export interface IRunsArgs extends IConnectionArgs {
  runIds?: string[];
}

/** Names one artifact; the one with the focus where left out. */
export interface IArtifactArgs extends IConnectionArgs {
  runId?: string;
  /** The logged model that has it; the run where left out. */
  modelId?: string;
  path?: string;
}

/** What to insert; whatever is left out comes from the panel. */
export interface IInsertArgs extends IConnectionArgs {
  recipe?: string;
  runIds?: string[];
  experimentIds?: string[];
  artifactPath?: string;
  modelId?: string;
  filter?: string;
  orderBy?: string[];
  options?: ReadonlyPartialJSONObject;
  /** Whether the label stands in a menu named Insert, and need not say so. */
  isInMenu?: boolean;
}

type Schema = ReadonlyJSONObject;

const TEXT: Schema = { type: 'string' };
const TEXTS: Schema = { type: 'array', items: { type: 'string' } };
const CONNECTION: Schema = {
  type: 'string',
  description: 'Connection id; the current one where left out.'
};

function schemaOf(properties: Record<string, Schema>): { args: Schema } {
  return { args: { type: 'object', properties } };
}

/** JSON schemas of the arguments, for `describedBy`. */
export const describedBy = {
  none: schemaOf({}),
  connection: schemaOf({ connection: CONNECTION }),
  experiment: schemaOf({
    connection: CONNECTION,
    experimentId: {
      ...TEXT,
      description: 'The one with the focus where left out.'
    }
  }),
  table: schemaOf({
    connection: CONNECTION,
    experimentIds: {
      ...TEXTS,
      description: 'The chosen experiments where left out.'
    },
    title: { ...TEXT, description: 'Label of the tab.' }
  }),
  run: schemaOf({
    connection: CONNECTION,
    runId: { ...TEXT, description: 'The one with the focus where left out.' }
  }),
  runs: schemaOf({
    connection: CONNECTION,
    runIds: { ...TEXTS, description: 'The selection where left out.' }
  }),
  artifact: schemaOf({
    connection: CONNECTION,
    runId: { ...TEXT, description: 'The run shown where left out.' },
    modelId: {
      ...TEXT,
      description: 'The logged model that has it; the run where left out.'
    },
    path: {
      ...TEXT,
      description:
        'Path below the artifacts; the one with the focus where left out.'
    }
  }),
  insert: schemaOf({
    connection: CONNECTION,
    recipe: {
      ...TEXT,
      description: 'Name of a recipe, for example compare-runs.'
    },
    runIds: { ...TEXTS, description: 'The selection where left out.' },
    experimentIds: {
      ...TEXTS,
      description: 'The chosen experiments where left out.'
    },
    artifactPath: TEXT,
    modelId: {
      ...TEXT,
      description: 'The logged model that has the artifact.'
    },
    filter: TEXT,
    orderBy: TEXTS,
    options: {
      type: 'object',
      description: 'Options of the recipe; see its JSON schema.'
    },
    isInMenu: {
      type: 'boolean',
      description: 'Shorten the label, for a menu named Insert.'
    }
  }),
  collection: schemaOf({
    connection: CONNECTION,
    path: {
      ...TEXT,
      description:
        'Path below the artifacts; the one with the focus where left out.'
    },
    runIds: {
      ...TEXTS,
      description:
        'The selection of several runs, or else the runs shown, where left out.'
    }
  }),
  notebook: schemaOf({
    path: {
      ...TEXT,
      description: 'Path of a notebook; the active one where left out.'
    }
  }),
  order: schemaOf({
    order: {
      ...TEXT,
      description:
        'An order clause such as metrics.auc DESC; empty for newest first.'
    }
  }),
  metric: schemaOf({
    metric: { ...TEXT, description: 'Metric key; empty for none.' }
  }),
  view: schemaOf({
    view: { type: 'string', enum: ['active', 'deleted', 'all'] }
  }),
  search: schemaOf({
    query: { ...TEXT, description: 'Plain text or an MLflow filter.' }
  })
} as const;
