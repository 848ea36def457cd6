/** The commands that insert cells, one for each recipe that needs no more than the selection. */
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy, type IInsertArgs } from '../commands';
import { oneLine } from '../format';
import { compareIcon, curvesIcon, insertIcon } from '../icons';
import { suits } from '../state/recipes';
import type { IExplorerContext } from './context';
import type { IInsertion } from './insertion';

type IsEnabled = (args: ReadonlyPartialJSONObject) => boolean;

/** One command: the recipe, its label in the palette, and its label in a menu named Insert. */
interface IRecipeCommand {
  id: string;
  recipe: string;
  label: string;
  short?: string;
  icon?: LabIcon;
  isEnabled: IsEnabled;
}

/** Register them; the ids of those that make sense in the palette. */
export function addInsertCommands(
  commands: CommandRegistry,
  { state, recipes, trans }: IExplorerContext,
  insertion: IInsertion
): readonly string[] {
  const { runs, experiments, connections } = state;
  const countOf = (args: ReadonlyPartialJSONObject): number =>
    ((args as IInsertArgs).runIds ?? runs.selectedIds).length;
  const experimentsOf = (args: ReadonlyPartialJSONObject): number =>
    ((args as IInsertArgs).experimentIds ?? experiments.selectedIds).length;

  commands.addCommand(CommandIDs.insertCells, {
    label: args => {
      const info = args.isInMenu ? recipes.get(String(args.recipe)) : undefined;
      return info
        ? oneLine(info.title, 60)
        : trans.__('Insert Cells of a Recipe');
    },
    caption: args =>
      oneLine(recipes.get(String(args.recipe))?.description ?? '', 300),
    icon: args => (args.isInMenu ? undefined : insertIcon),
    describedBy: describedBy.insert,
    isVisible: args => typeof args.recipe === 'string',
    isEnabled: args => {
      const info = recipes.get(String(args.recipe));
      return (
        !args.isInMenu ||
        info === undefined ||
        suits(info, {
          runs: countOf(args),
          experiments: experimentsOf(args),
          hasArtifact: typeof args.artifactPath === 'string'
        })
      );
    },
    execute: args => {
      const { recipe, ...rest } = args as IInsertArgs;
      return insertion.insert({
        recipe: recipe ?? insertion.defaultRecipe(countOf(args)),
        ...rest
      });
    }
  });

  const one: IsEnabled = args => countOf(args) === 1;
  const some: IsEnabled = args => countOf(args) >= 1;
  const several: IsEnabled = args => countOf(args) >= 2;
  const experiment: IsEnabled = args => experimentsOf(args) > 0;
  const all: IRecipeCommand[] = [
    {
      id: CommandIDs.insertSetup,
      recipe: 'setup',
      label: trans.__('Insert Setup Cell'),
      icon: insertIcon,
      isEnabled: () => connections.currentId !== null
    },
    {
      id: CommandIDs.insertComparison,
      recipe: 'compare-runs',
      label: trans.__('Insert Comparison'),
      icon: compareIcon,
      isEnabled: several
    },
    {
      id: CommandIDs.insertMetricComparison,
      recipe: 'compare-metrics',
      label: trans.__('Insert Metric Comparison'),
      icon: curvesIcon,
      isEnabled: several
    },
    {
      id: CommandIDs.insertRunSummary,
      recipe: 'run-summary',
      label: trans.__('Insert Run Summary'),
      icon: insertIcon,
      isEnabled: some
    },
    {
      id: CommandIDs.insertOverview,
      recipe: 'overview',
      label: trans.__('Insert Overview of Runs'),
      short: trans.__('Overview of Runs'),
      isEnabled: some
    },
    {
      id: CommandIDs.insertGroups,
      recipe: 'group-runs',
      label: trans.__('Insert Groups of Runs'),
      short: trans.__('Groups of Runs'),
      isEnabled: several
    },
    {
      id: CommandIDs.insertLeaderboard,
      recipe: 'leaderboard',
      label: trans.__('Insert Leaderboard'),
      short: trans.__('Leaderboard'),
      isEnabled: experiment
    },
    {
      id: CommandIDs.insertRunSearch,
      recipe: 'search-runs',
      label: trans.__('Insert This Search as Code'),
      short: trans.__('This Search as Code'),
      isEnabled: experiment
    },
    {
      id: CommandIDs.insertMetricHistory,
      recipe: 'metric-history',
      label: trans.__('Insert Metric History'),
      short: trans.__('Metric History'),
      icon: curvesIcon,
      isEnabled: some
    },
    {
      id: CommandIDs.insertDistributions,
      recipe: 'distributions',
      label: trans.__('Insert Distributions of Metrics'),
      short: trans.__('Distributions of Metrics'),
      isEnabled: several
    },
    {
      id: CommandIDs.insertScatter,
      recipe: 'scatter',
      label: trans.__('Insert Scatter Plot'),
      short: trans.__('Scatter Plot'),
      isEnabled: several
    },
    {
      id: CommandIDs.insertParallelCoordinates,
      recipe: 'parallel-coordinates',
      label: trans.__('Insert Parallel Coordinates'),
      short: trans.__('Parallel Coordinates'),
      isEnabled: several
    },
    {
      id: CommandIDs.insertLoadRun,
      recipe: 'load-run',
      label: trans.__('Insert Code That Loads the Run'),
      short: trans.__('Code That Loads the Run'),
      isEnabled: one
    },
    {
      id: CommandIDs.insertModelLoading,
      recipe: 'load-model',
      label: trans.__('Insert Code That Loads the Model'),
      short: trans.__('Code That Loads the Model'),
      isEnabled: one
    },
    {
      id: CommandIDs.insertPrediction,
      recipe: 'predict',
      label: trans.__('Insert Predictions of the Model'),
      short: trans.__('Predictions of the Model'),
      isEnabled: one
    },
    {
      id: CommandIDs.insertReproduction,
      recipe: 'reproduce',
      label: trans.__('Insert Steps That Reproduce the Run'),
      short: trans.__('Steps That Reproduce the Run'),
      isEnabled: one
    },
    {
      id: CommandIDs.insertDuckdbExport,
      recipe: 'export-duckdb',
      label: trans.__('Insert Export to DuckDB'),
      short: trans.__('Export to DuckDB'),
      isEnabled: experiment
    },
    {
      id: CommandIDs.insertMigration,
      recipe: 'migrate-file-store',
      label: trans.__('Insert Migration Cell'),
      icon: insertIcon,
      isEnabled: () => connections.current?.kind === 'files'
    }
  ];
  for (const { id, recipe, label, short, icon, isEnabled } of all) {
    commands.addCommand(id, {
      label: args => (args.isInMenu && short ? short : label),
      icon,
      describedBy: describedBy.insert,
      isEnabled,
      execute: args =>
        insertion.insert({ ...(args as Partial<IInsertArgs>), recipe })
    });
  }
  return all.map(({ id }) => id);
}
