/** Commands that read one artifact of many runs: those chosen, or all shown. */
import { ICommandPalette } from '@jupyterlab/apputils';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy } from '../commands';
import { insertIcon } from '../icons';
import { MAX_RUNS } from '../state/recipes';
import type { ExplorerState } from '../state/explorer';
import { IExplorerContext } from './context';
import { IInsertion } from './insertion';

/** One path, and the runs to read it from. */
export interface ICollection {
  readonly connection: string;
  readonly path: string;
  readonly runIds: readonly string[];
  /** Whether the runs are those that the user chose. */
  readonly isChosen: boolean;
}

/** What the arguments name, completed by what the panel shows; null where that is not enough. */
export function collection(
  state: ExplorerState,
  args: ReadonlyPartialJSONObject
): ICollection | null {
  const { runs, run } = state;
  const shown = run.focusedArtifacts;
  const isNamed = typeof args.path === 'string';
  // Models have ids of their own, so no other run has a model's artifact.
  if (!isNamed && shown.modelId !== null) {
    return null;
  }
  const path = isNamed ? String(args.path) : shown.active;
  const connection = isNamed
    ? ((args.connection as string | undefined) ?? runs.connection)
    : shown.connection;
  if (path === null || connection === null) {
    return null;
  }
  const named = args.runIds as string[] | undefined;
  if (named) {
    return { connection, path, runIds: named, isChosen: true };
  }
  if (connection !== runs.connection) {
    return null;
  }
  const isChosen = runs.selection.size >= 2;
  const runIds = isChosen
    ? runs.selectedIds
    : runs.lines.map(line => line.row.runId).slice(0, MAX_RUNS);
  return runIds.length > 0 ? { connection, path, runIds, isChosen } : null;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:collect',
  description: 'Commands that read one MLflow artifact of many runs.',
  autoStart: true,
  requires: [IExplorerContext, IInsertion],
  optional: [ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    palette: ICommandPalette | null
  ): void => {
    const { state, trans } = context;
    const add = (
      id: string,
      recipe: string,
      label: string,
      chosen: (count: number) => string,
      all: (count: number) => string
    ): void => {
      app.commands.addCommand(id, {
        label: args => {
          const found = collection(state, args);
          const count = found?.runIds.length ?? 0;
          return !found ? label : found.isChosen ? chosen(count) : all(count);
        },
        icon: insertIcon,
        describedBy: describedBy.collection,
        isEnabled: args => collection(state, args) !== null,
        execute: args => {
          const found = collection(state, args);
          return found
            ? insertion.insert({
                recipe,
                connection: found.connection,
                runIds: found.runIds,
                artifactPath: found.path
              })
            : 0;
        }
      });
      palette?.addItem({ command: id, category: trans.__('MLflow') });
    };
    add(
      CommandIDs.insertCollectedArtifact,
      'collect-artifact',
      trans.__('Insert This Artifact of Many Runs'),
      count =>
        trans._n(
          'Insert This Artifact of %1 Run',
          'Insert This Artifact of %1 Runs',
          count
        ),
      count => trans.__('Insert This Artifact of All %1 Shown Runs', count)
    );
    add(
      CommandIDs.insertBootstrapSummary,
      'bootstrap-summary',
      trans.__('Insert Bootstrap Summary of Many Runs'),
      count =>
        trans._n(
          'Insert Bootstrap Summary of %1 Run',
          'Insert Bootstrap Summary of %1 Runs',
          count
        ),
      count => trans.__('Insert Bootstrap Summary of All %1 Shown Runs', count)
    );
  }
};

export default plugin;
