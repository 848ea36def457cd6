/** The menus behind the buttons of the panel. Their items are the commands that the palette has too. */
import { MenuSvg } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commands';
import { insertIcon } from '../icons';
import { quoteKey } from '../state/query';
import type { RecipesState } from '../state/recipes';
import type { RunsState } from '../state/runs';
import type { RunsMenu } from '../widgets/runs';

/** More metrics than this make a menu that nobody can use; the rest is reached by typing an order. */
const MAX_METRICS = 200;

/** The submenu *Insert*: tables, plots, one run and its models, data. The most used are beside it. */
const GROUPS: readonly (readonly string[])[] = [
  [
    CommandIDs.insertOverview,
    CommandIDs.insertGroups,
    CommandIDs.insertLeaderboard,
    CommandIDs.insertRunSearch
  ],
  [
    CommandIDs.insertMetricHistory,
    CommandIDs.insertDistributions,
    CommandIDs.insertScatter,
    CommandIDs.insertParallelCoordinates
  ],
  [
    CommandIDs.insertLoadRun,
    CommandIDs.insertModelLoading,
    CommandIDs.insertPrediction,
    CommandIDs.insertReproduction
  ],
  [CommandIDs.insertDuckdbExport]
];

/** Open a menu below its button. */
export function openBelow(menu: MenuSvg, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  menu.open(box.left, box.bottom);
}

/** The menu of the header. */
export function headerMenu(commands: CommandRegistry): MenuSvg {
  const menu = new MenuSvg({ commands });
  menu.addItem({ command: CommandIDs.addConnection });
  menu.addItem({ command: CommandIDs.removeConnection });
  menu.addItem({ command: CommandIDs.useNotebookUri });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.openRunsTable });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.insertSetup });
  menu.addItem({ command: CommandIDs.insertMigration });
  menu.addItem({ type: 'separator' });
  for (const view of ['active', 'deleted', 'all']) {
    menu.addItem({ command: CommandIDs.viewExperiments, args: { view } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({
    command: 'settingeditor:open',
    args: { query: 'MLflow Explorer' }
  });
  return menu;
}

/** The menus of the runs section. */
export function runsMenu(
  which: RunsMenu,
  commands: CommandRegistry,
  runs: RunsState,
  recipes: RecipesState,
  trans: TranslationBundle
): MenuSvg {
  const menu = new MenuSvg({ commands });
  const metrics = (runs.columns?.metrics ?? []).slice(0, MAX_METRICS);
  switch (which) {
    case 'view':
      for (const view of ['active', 'deleted', 'all']) {
        menu.addItem({ command: CommandIDs.viewRuns, args: { view } });
      }
      break;
    case 'metric':
      menu.addItem({ command: CommandIDs.showMetric, args: { metric: '' } });
      for (const metric of metrics) {
        menu.addItem({ command: CommandIDs.showMetric, args: { metric } });
      }
      break;
    case 'order':
      for (const order of [
        '',
        'attributes.start_time ASC',
        'attributes.end_time DESC',
        'attributes.run_name ASC',
        'attributes.run_name DESC',
        'attributes.status ASC'
      ]) {
        menu.addItem({ command: CommandIDs.sortRuns, args: { order } });
      }
      if (metrics.length > 0) {
        menu.addItem({ type: 'separator' });
        const directions = [
          ['DESC', trans.__('By metric, highest first')],
          ['ASC', trans.__('By metric, lowest first')]
        ];
        for (const [direction, label] of directions) {
          const submenu = new MenuSvg({ commands });
          submenu.title.label = label;
          for (const metric of metrics) {
            submenu.addItem({
              command: CommandIDs.sortRuns,
              args: { order: `metrics.${quoteKey(metric)} ${direction}` }
            });
          }
          menu.addItem({ type: 'submenu', submenu });
        }
      }
      break;
    case 'more':
      menu.addItem({ command: CommandIDs.insertComparison });
      menu.addItem({ command: CommandIDs.insertMetricComparison });
      menu.addItem({ command: CommandIDs.insertRunSummary });
      menu.addItem({
        type: 'submenu',
        submenu: insertSubmenu(commands, recipes, trans)
      });
      menu.addItem({ type: 'separator' });
      menu.addItem({ command: CommandIDs.newNotebook });
      menu.addItem({ command: CommandIDs.exportReport });
      menu.addItem({ type: 'separator' });
      menu.addItem({ command: CommandIDs.openRunsTable });
      menu.addItem({ type: 'separator' });
      menu.addItem({ command: CommandIDs.copyRunId });
      menu.addItem({ command: CommandIDs.copyRunName });
      menu.addItem({ type: 'separator' });
      menu.addItem({ command: CommandIDs.selectAllRuns });
      menu.addItem({ command: CommandIDs.clearSelection });
  }
  return menu;
}

/** The menu of the details: what can be inserted for one run. */
export function insertMenu(
  commands: CommandRegistry,
  recipes: RecipesState,
  runId: string,
  connection: string,
  trans: TranslationBundle
): MenuSvg {
  const menu = new MenuSvg({ commands });
  const args = { runIds: [runId], connection };
  menu.addItem({ command: CommandIDs.insertRunSummary, args });
  const inMenu = { ...args, isInMenu: true };
  for (const command of [
    CommandIDs.insertLoadRun,
    CommandIDs.insertMetricHistory,
    CommandIDs.insertModelLoading,
    CommandIDs.insertPrediction,
    CommandIDs.insertReproduction
  ]) {
    menu.addItem({ command, args: inMenu });
  }
  addPackages(menu, commands, recipes, trans, inMenu, ['run', 'runs']);
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.insertRecipe, args });
  return menu;
}

/** The submenu *Insert*: tables, plots, models, data, and recipes of other packages. */
export function insertSubmenu(
  commands: CommandRegistry,
  recipes: RecipesState,
  trans: TranslationBundle
): MenuSvg {
  const menu = new MenuSvg({ commands });
  menu.title.label = trans.__('Insert');
  menu.title.icon = insertIcon;
  fillInsertSubmenu(menu, commands, recipes, trans);
  return menu;
}

/** Put the items into a submenu *Insert*, in place of those it has. */
export function fillInsertSubmenu(
  menu: MenuSvg,
  commands: CommandRegistry,
  recipes: RecipesState,
  trans: TranslationBundle
): void {
  menu.clearItems();
  const args = { isInMenu: true };
  for (const group of GROUPS) {
    for (const command of group) {
      menu.addItem({ command, args });
    }
    menu.addItem({ type: 'separator' });
  }
  addPackages(menu, commands, recipes, trans, args);
  menu.addItem({ command: CommandIDs.insertRecipe });
}

/** Add the submenu *From packages* where there are such recipes. */
function addPackages(
  menu: MenuSvg,
  commands: CommandRegistry,
  recipes: RecipesState,
  trans: TranslationBundle,
  args: ReadonlyPartialJSONObject,
  needs?: readonly string[]
): void {
  // One that needs an artifact has none here, and is reached by *Insert Recipe…*.
  const custom = recipes.custom.filter(recipe =>
    needs ? needs.includes(recipe.needs) : recipe.needs !== 'artifact'
  );
  if (custom.length === 0) {
    return;
  }
  const submenu = new MenuSvg({ commands });
  submenu.title.label = trans.__('From Packages');
  for (const { name } of custom) {
    submenu.addItem({
      command: CommandIDs.insertCells,
      args: { ...args, recipe: name }
    });
  }
  menu.addItem({ type: 'submenu', submenu });
}
