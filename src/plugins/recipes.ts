/** Recipes of all packages: the submenu *Insert* of runs, the command that offers them all, and what is wrong with some. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { CommandIDs, describedBy, type IInsertArgs } from '../commands';
import { oneLine } from '../format';
import { insertIcon } from '../icons';
import { suits } from '../state/recipes';
import { IExplorerContext } from './context';
import { IInsertion } from './insertion';
import { fillInsertSubmenu, insertSubmenu } from './menus';
import { showForm } from './submitdialog';

/** Below the most used recipes, above the whole notebooks. */
const RANK = 5;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:recipes',
  description:
    'Offers the recipes for MLflow runs, those of other packages too.',
  autoStart: true,
  requires: [IExplorerContext, IInsertion],
  optional: [ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    palette: ICommandPalette | null
  ): void => {
    const { commands, contextMenu } = app;
    const { state, recipes, translator, trans } = context;
    const { runs, run } = state;

    // Not in the settings' schema, because which packages have recipes is known at run time only.
    const submenu = insertSubmenu(commands, recipes, trans);
    contextMenu.addItem({
      type: 'submenu',
      submenu,
      selector: '.jp-MlflowRuns-row',
      rank: RANK
    });
    recipes.stateChanged.connect(() => {
      fillInsertSubmenu(submenu, commands, recipes, trans);
      commands.notifyCommandChanged(CommandIDs.insertCells);
    });
    state.stateChanged.connect(() => {
      if (state.connections.currentId !== null) {
        void recipes.load();
      }
    });

    let hasTold = false;
    recipes.stateChanged.connect(() => {
      const [first, ...others] = recipes.problems;
      if (first && !hasTold) {
        hasTold = true;
        const more =
          others.length === 0
            ? ''
            : ` ${trans._n('And %1 more.', 'And %1 more.', others.length)}`;
        Notification.warning(oneLine(first.message, 400) + more, {
          autoClose: false
        });
      }
    });

    const command = CommandIDs.insertRecipe;
    commands.addCommand(command, {
      label: trans.__('Insert Recipe…'),
      caption: trans.__('Choose any recipe that suits, and its options'),
      icon: args => (args.isInMenu ? undefined : insertIcon),
      describedBy: describedBy.insert,
      execute: async args => {
        await Promise.all([state.start(), recipes.load()]);
        const given = args as IInsertArgs;
        const runIds = given.runIds ?? runs.selectedIds;
        const shown = run.focusedArtifacts;
        const artifactPath =
          given.artifactPath ??
          (given.runIds === undefined && shown.modelId === null
            ? shown.active
            : null) ??
          undefined;
        const suitable = recipes.list.filter(recipe =>
          suits(recipe, {
            runs: runIds.length,
            experiments: (given.experimentIds ?? runs.experimentIds).length,
            hasArtifact: artifactPath !== undefined
          })
        );
        const { RecipeForm } = await import('./recipedialog');
        const body = new RecipeForm({
          recipes: suitable,
          problems: recipes.problems,
          translator,
          trans
        });
        body.problem = recipes.failure?.message ?? null;
        const choice = await showForm({
          title: trans.__('Insert a recipe'),
          body,
          submitLabel: trans.__('Insert'),
          busyText: trans.__('Inserting…'),
          focusNodeSelector: 'select',
          submit: value => Promise.resolve(value),
          trans
        });
        return choice === null
          ? 0
          : insertion.insert({
              connection: given.connection,
              runIds: given.runIds,
              experimentIds: given.experimentIds,
              artifactPath:
                recipes.get(choice.recipe)?.needs === 'artifact'
                  ? artifactPath
                  : undefined,
              ...choice
            });
      }
    });
    palette?.addItem({ command, category: trans.__('MLflow') });
  }
};

export default plugin;
