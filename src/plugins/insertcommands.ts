/** The commands that insert cells, one for each recipe that needs no more than the selection. */
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy, type IInsertArgs } from '../commands';
import { compareIcon, curvesIcon, insertIcon } from '../icons';
import type { IExplorerContext } from './context';
import type { IInsertion } from './insertion';

/** Register them. */
export function addInsertCommands(
  commands: CommandRegistry,
  { state, trans }: IExplorerContext,
  insertion: IInsertion
): void {
  const { runs, experiments, connections } = state;
  const countOf = (args: ReadonlyPartialJSONObject): number =>
    ((args as IInsertArgs).runIds ?? runs.selectedIds).length;

  commands.addCommand(CommandIDs.insertCells, {
    label: trans.__('Insert Cells of a Recipe'),
    icon: insertIcon,
    describedBy: describedBy.insert,
    isVisible: args => typeof args.recipe === 'string',
    execute: args => {
      const { recipe, ...rest } = args as IInsertArgs;
      return insertion.insert({
        recipe: recipe ?? insertion.defaultRecipe(countOf(args)),
        ...rest
      });
    }
  });

  const add = (
    id: string,
    recipe: string,
    label: string,
    icon: typeof insertIcon,
    isEnabled: (args: ReadonlyPartialJSONObject) => boolean
  ): void => {
    commands.addCommand(id, {
      label,
      icon,
      describedBy: describedBy.insert,
      isEnabled,
      execute: args =>
        insertion.insert({ ...(args as Partial<IInsertArgs>), recipe })
    });
  };
  add(
    CommandIDs.insertSetup,
    'setup',
    trans.__('Insert Setup Cell'),
    insertIcon,
    () => connections.currentId !== null
  );
  add(
    CommandIDs.insertComparison,
    'compare-runs',
    trans.__('Insert Comparison'),
    compareIcon,
    args => countOf(args) >= 2
  );
  add(
    CommandIDs.insertMetricComparison,
    'compare-metrics',
    trans.__('Insert Metric Comparison'),
    curvesIcon,
    args => countOf(args) >= 2
  );
  add(
    CommandIDs.insertRunSummary,
    'run-summary',
    trans.__('Insert Run Summary'),
    insertIcon,
    args => countOf(args) >= 1
  );
  add(
    CommandIDs.insertLoadRun,
    'load-run',
    trans.__('Insert Code That Loads the Run'),
    insertIcon,
    args => countOf(args) === 1
  );
  add(
    CommandIDs.insertMetricHistory,
    'metric-history',
    trans.__('Insert Metric History'),
    curvesIcon,
    args => countOf(args) >= 1
  );
  add(
    CommandIDs.insertRunSearch,
    'search-runs',
    trans.__('Insert This Search as Code'),
    insertIcon,
    args =>
      ((args as IInsertArgs).experimentIds ?? experiments.selectedIds).length >
      0
  );
  add(
    CommandIDs.insertMigration,
    'migrate-file-store',
    trans.__('Insert Migration Cell'),
    insertIcon,
    () => connections.current?.kind === 'files'
  );
}
