/** Opens runs tables in the main area, one for each set of experiments, and restores them. Their code loads on first use. */
import {
  ILayoutRestorer,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, describedBy, type ITableArgs } from '../commands';
import { oneLine } from '../format';
import { tableIcon } from '../icons';
import type { RunTableWidget } from '../widgets/table';
import { IExplorerContext } from './context';

type Tab = MainAreaWidget<RunTableWidget>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:runs-table',
  description: 'Tables of MLflow runs in the main area.',
  autoStart: true,
  requires: [IExplorerContext],
  optional: [ICommandPalette, ILayoutRestorer, IStateDB],
  activate: (
    app,
    context: IExplorerContext,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    stateDB: IStateDB | null
  ): void => {
    const { commands, shell } = app;
    const { state, trans } = context;
    const { connections, experiments } = state;
    const command = CommandIDs.openRunsTable;
    const tracker = new WidgetTracker<Tab>({ namespace: 'mlflow-runs-table' });
    const argsOf = new Map<string, ReadonlyPartialJSONObject>();
    const opening = new Map<string, Promise<Tab>>();

    const titleOf = (ids: readonly string[]): string => {
      const names = ids.map(
        id =>
          experiments.items.find(item => item.experiment_id === id)?.name ?? id
      );
      return names.length === 1
        ? trans.__('Runs: %1', oneLine(names[0], 40))
        : trans.__(
            'Runs: %1 and %2 more',
            oneLine(names[0], 30),
            names.length - 1
          );
    };
    const make = async (
      id: string,
      connection: string,
      experimentIds: readonly string[],
      title: string
    ): Promise<Tab> => {
      const { makeTable } = await import('./runtablewidget');
      const content = await makeTable(app, context, stateDB, {
        connection,
        experimentIds
      });
      const tab = new MainAreaWidget({ content });
      // The table has its own tools.
      tab.toolbar.hide();
      tab.id = id;
      tab.title.label = title;
      tab.title.caption = title;
      tab.title.icon = tableIcon;
      tab.title.closable = true;
      argsOf.set(id, { connection, experimentIds: [...experimentIds], title });
      return tab;
    };

    commands.addCommand(command, {
      label: trans.__('Open Runs Table'),
      caption: trans.__('All runs of the chosen experiments as a table'),
      icon: tableIcon,
      describedBy: describedBy.table,
      isEnabled: args =>
        Array.isArray(args.experimentIds) || experiments.selection.size > 0,
      execute: async args => {
        const given = args as ITableArgs;
        const isNamed = given.connection !== undefined && given.experimentIds;
        if (!isNamed) {
          await state.start();
        }
        const connection = given.connection ?? connections.currentId;
        const ids = [...(given.experimentIds ?? experiments.selectedIds)];
        if (connection === null || ids.length === 0) {
          return;
        }
        // Without quotes and brackets, which others put into selectors.
        const id = `jp-mlflow-table:${[connection, ...ids.sort()].map(encodeURIComponent).join('/')}`;
        let tab = tracker.find(other => other.id === id);
        if (!tab) {
          const made =
            opening.get(id) ??
            make(id, connection, ids, given.title ?? titleOf(ids));
          opening.set(id, made);
          try {
            tab = await made;
          } finally {
            opening.delete(id);
          }
        }
        if (!tracker.has(tab)) {
          void tracker.add(tab);
        }
        if (!tab.isAttached) {
          shell.add(tab, 'main', { type: 'MLflow Runs' });
        }
        shell.activateById(id);
        return tab;
      }
    });
    palette?.addItem({ command, category: trans.__('MLflow') });
    void restorer?.restore(tracker, {
      command,
      args: tab => argsOf.get(tab.id) ?? {},
      name: tab => tab.id
    });
  }
};

export default plugin;
