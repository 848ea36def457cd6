/** Commands on connections, experiments and runs, and those that insert cells. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import {
  addIcon,
  clearIcon,
  copyIcon,
  deleteIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { failureOf } from '../api/errors';
import type { View } from '../api/types';
import {
  CommandIDs,
  describedBy,
  type IConnectionArgs,
  type IExperimentArgs,
  type IRunsArgs
} from '../commands';
import { oneLine } from '../format';
import { orderText } from '../widgets/runs';
import { askForConnection } from './connectiondialog';
import { IExplorerContext } from './context';
import { addInsertCommands } from './insertcommands';
import { IInsertion } from './insertion';

const VIEWS: readonly View[] = ['active', 'deleted', 'all'];

function addConnectionCommands(
  commands: CommandRegistry,
  { state, trans }: IExplorerContext
): void {
  const { connections } = state;

  commands.addCommand(CommandIDs.selectConnection, {
    label: trans.__('Select Connection…'),
    describedBy: describedBy.connection,
    execute: async args => {
      await state.start();
      let wanted = (args as IConnectionArgs).connection;
      if (!wanted) {
        const result = await InputDialog.getItem({
          title: trans.__('Select a connection'),
          items: connections.all.map(connection => connection.name),
          current: connections.all.findIndex(
            connection => connection.id === connections.currentId
          )
        });
        wanted = result.value ?? undefined;
      }
      if (wanted && !connections.select(wanted)) {
        Notification.error(trans.__('There is no connection “%1”.', wanted));
      }
    }
  });

  commands.addCommand(CommandIDs.addConnection, {
    label: trans.__('Add Connection…'),
    icon: addIcon,
    describedBy: describedBy.none,
    isEnabled: () => connections.list.status !== 'ready' || connections.canAdd,
    execute: async () => {
      await state.start();
      const { allowedSchemes } = connections;
      let body = await askForConnection(allowedSchemes, trans);
      while (body) {
        try {
          await connections.add(body);
          return;
        } catch (error) {
          const { message } = failureOf(error);
          body = await askForConnection(allowedSchemes, trans, body, message);
        }
      }
    }
  });

  commands.addCommand(CommandIDs.removeConnection, {
    label: trans.__('Remove Connection…'),
    icon: deleteIcon,
    describedBy: describedBy.connection,
    isEnabled: args => {
      const wanted = (args as IConnectionArgs).connection;
      const found = wanted
        ? connections.all.find(connection => connection.id === wanted)
        : connections.current;
      return found?.removable === true;
    },
    execute: async args => {
      const id =
        (args as IConnectionArgs).connection ?? connections.currentId ?? '';
      const name =
        connections.all.find(connection => connection.id === id)?.name ?? id;
      const result = await showDialog({
        title: trans.__('Remove connection'),
        body: trans.__(
          'Remove “%1” from the list? Nothing is deleted in the tracking store.',
          oneLine(name)
        ),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.warnButton({ label: trans.__('Remove') })
        ]
      });
      if (result.button.accept) {
        try {
          await connections.remove(id);
        } catch (error) {
          Notification.error(failureOf(error).message);
        }
      }
    }
  });
}

function addExperimentCommands(
  commands: CommandRegistry,
  { state, trans }: IExplorerContext
): void {
  const { experiments } = state;
  const idOf = (args: ReadonlyPartialJSONObject): string | null =>
    (args as IExperimentArgs).experimentId ?? experiments.active;
  const hasExperiment = (args: ReadonlyPartialJSONObject): boolean =>
    idOf(args) !== null;

  commands.addCommand(CommandIDs.openExperiment, {
    label: trans.__('Show Runs of This Experiment'),
    describedBy: describedBy.experiment,
    isEnabled: hasExperiment,
    execute: async args => {
      await state.start();
      const id = idOf(args);
      if (id !== null) {
        experiments.select(id);
      }
    }
  });
  commands.addCommand(CommandIDs.copyExperimentId, {
    label: trans.__('Copy Experiment Id'),
    icon: copyIcon,
    describedBy: describedBy.experiment,
    isEnabled: hasExperiment,
    execute: args => Clipboard.copyToSystem(idOf(args) ?? '')
  });
  commands.addCommand(CommandIDs.copyExperimentName, {
    label: trans.__('Copy Experiment Name'),
    describedBy: describedBy.experiment,
    isEnabled: hasExperiment,
    execute: args => {
      const id = idOf(args);
      const found = experiments.items.find(item => item.experiment_id === id);
      Clipboard.copyToSystem(found?.name ?? id ?? '');
    }
  });
  commands.addCommand(CommandIDs.viewExperiments, {
    label: args => {
      switch (args.view) {
        case 'deleted':
          return trans.__('Show Deleted Experiments');
        case 'all':
          return trans.__('Show All Experiments');
        default:
          return trans.__('Show Active Experiments');
      }
    },
    describedBy: describedBy.view,
    isToggleable: true,
    isToggled: args => experiments.view === (args.view ?? 'active'),
    execute: args => experiments.setView(viewOf(args))
  });
}

function addRunCommands(
  commands: CommandRegistry,
  { state, trans }: IExplorerContext
): void {
  const { runs } = state;
  const idsOf = (args: ReadonlyPartialJSONObject): readonly string[] =>
    (args as IRunsArgs).runIds ?? runs.selectedIds;
  const hasRuns = (args: ReadonlyPartialJSONObject): boolean =>
    idsOf(args).length > 0;

  commands.addCommand(CommandIDs.selectRuns, {
    label: trans.__('Select Runs'),
    describedBy: describedBy.runs,
    isVisible: args => Array.isArray(args.runIds),
    execute: async args => {
      await state.start();
      runs.setSelected(idsOf(args));
    }
  });
  commands.addCommand(CommandIDs.selectAllRuns, {
    label: trans.__('Select All Loaded Runs'),
    describedBy: describedBy.none,
    isEnabled: () => runs.loaded > 0,
    execute: () => runs.selectAll()
  });
  commands.addCommand(CommandIDs.clearSelection, {
    label: trans.__('Clear Selection'),
    icon: clearIcon,
    describedBy: describedBy.none,
    isEnabled: () => runs.selection.size > 0,
    execute: () => runs.clearSelection()
  });
  commands.addCommand(CommandIDs.copyRunId, {
    label: args =>
      idsOf(args).length > 1
        ? trans.__('Copy Run Ids')
        : trans.__('Copy Run Id'),
    icon: copyIcon,
    describedBy: describedBy.runs,
    isEnabled: hasRuns,
    execute: args => Clipboard.copyToSystem(idsOf(args).join('\n'))
  });
  commands.addCommand(CommandIDs.copyRunName, {
    label: args =>
      idsOf(args).length > 1
        ? trans.__('Copy Run Names')
        : trans.__('Copy Run Name'),
    describedBy: describedBy.runs,
    isEnabled: hasRuns,
    execute: args =>
      Clipboard.copyToSystem(
        idsOf(args)
          .map(id => runs.row(id)?.name ?? id)
          .join('\n')
      )
  });
  commands.addCommand(CommandIDs.sortRuns, {
    label: args =>
      typeof args.order === 'string'
        ? orderText(args.order, trans)
        : trans.__('Sort Runs…'),
    describedBy: describedBy.order,
    isToggleable: true,
    isToggled: args => args.order === runs.order,
    execute: async args => {
      if (typeof args.order === 'string') {
        runs.setOrder(args.order);
        return;
      }
      const result = await InputDialog.getText({
        title: trans.__('Sort runs by'),
        label: trans.__('An order clause; empty for newest first'),
        placeholder: trans.__('metrics.auc DESC'),
        text: runs.order
      });
      if (result.value !== null) {
        runs.setOrder(result.value.trim());
      }
    }
  });
  commands.addCommand(CommandIDs.showMetric, {
    label: args =>
      typeof args.metric === 'string'
        ? args.metric || trans.__('No Metric')
        : trans.__('Show Metric Beside Runs…'),
    describedBy: describedBy.metric,
    isToggleable: true,
    isToggled: args => args.metric === (runs.metric ?? ''),
    execute: async args => {
      if (typeof args.metric === 'string') {
        runs.setMetric(args.metric || null);
        return;
      }
      const result = await InputDialog.getItem({
        title: trans.__('Show a metric beside runs'),
        items: runs.columns?.metrics ?? [],
        editable: true
      });
      if (result.value !== null) {
        runs.setMetric(result.value || null);
      }
    }
  });
  commands.addCommand(CommandIDs.viewRuns, {
    label: args => {
      switch (args.view) {
        case 'deleted':
          return trans.__('Show Deleted Runs');
        case 'all':
          return trans.__('Show All Runs');
        default:
          return trans.__('Show Active Runs');
      }
    },
    describedBy: describedBy.view,
    isToggleable: true,
    isToggled: args => runs.view === (args.view ?? 'active'),
    execute: args => runs.setView(viewOf(args))
  });
}

function viewOf(args: ReadonlyPartialJSONObject): View {
  return VIEWS.find(view => view === args.view) ?? 'active';
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:commands',
  description: 'Commands on MLflow connections, experiments and runs.',
  autoStart: true,
  requires: [IExplorerContext, IInsertion],
  optional: [ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    addConnectionCommands(commands, context);
    addExperimentCommands(commands, context);
    addRunCommands(commands, context);
    addInsertCommands(commands, context, insertion);

    const { state, trans } = context;
    state.stateChanged.connect(() => commands.notifyCommandChanged());

    const category = trans.__('MLflow');
    for (const command of [
      CommandIDs.selectConnection,
      CommandIDs.addConnection,
      CommandIDs.removeConnection,
      CommandIDs.openExperiment,
      CommandIDs.copyExperimentId,
      CommandIDs.copyExperimentName,
      CommandIDs.selectAllRuns,
      CommandIDs.clearSelection,
      CommandIDs.copyRunId,
      CommandIDs.copyRunName,
      CommandIDs.sortRuns,
      CommandIDs.showMetric,
      CommandIDs.insertSetup,
      CommandIDs.insertComparison,
      CommandIDs.insertMetricComparison,
      CommandIDs.insertRunSummary,
      CommandIDs.insertLoadRun,
      CommandIDs.insertMetricHistory,
      CommandIDs.insertRunSearch
    ]) {
      palette?.addItem({ command, category });
    }
    for (const view of VIEWS) {
      const args = { view };
      palette?.addItem({ command: CommandIDs.viewRuns, category, args });
      palette?.addItem({ command: CommandIDs.viewExperiments, category, args });
    }
  }
};

export default plugin;
