/** The menus behind the buttons of the panel. Their items are the commands that the palette has too. */
import { MenuSvg } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../commands';
import { quoteKey } from '../state/query';
import type { RunsState } from '../state/runs';
import type { RunsMenu } from '../widgets/runs';

/** More metrics than this make a menu that nobody can use; the rest is reached by typing an order. */
const MAX_METRICS = 200;

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
      addInsertItems(menu);
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
  runId: string,
  connection: string
): MenuSvg {
  const menu = new MenuSvg({ commands });
  const args = { runIds: [runId], connection };
  menu.addItem({ command: CommandIDs.insertRunSummary, args });
  menu.addItem({ command: CommandIDs.insertLoadRun, args });
  menu.addItem({ command: CommandIDs.insertMetricHistory, args });
  return menu;
}

function addInsertItems(menu: MenuSvg): void {
  for (const command of [
    CommandIDs.insertComparison,
    CommandIDs.insertMetricComparison,
    CommandIDs.insertRunSummary,
    CommandIDs.insertLoadRun,
    CommandIDs.insertMetricHistory,
    CommandIDs.insertRunSearch
  ]) {
    menu.addItem({ command });
  }
}
