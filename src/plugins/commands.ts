/** Commands on connections, experiments and runs, and those that insert cells. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { clearIcon, copyIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { View } from '../api/types';
import {
  CommandIDs,
  describedBy,
  type IExperimentArgs,
  type IRunsArgs
} from '../commands';
import { orderText } from '../widgets/runs';
import { addConnectionCommands } from './connectioncommands';
import { IExplorerContext } from './context';
import { addInsertCommands } from './insertcommands';
import { IInsertion } from './insertion';

const VIEWS: readonly View[] = ['active', 'deleted', 'all'];

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
  optional: [ICommandPalette, INotebookTracker],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    palette: ICommandPalette | null,
    tracker: INotebookTracker | null
  ): void => {
    const { commands } = app;
    addConnectionCommands(commands, context, tracker);
    addExperimentCommands(commands, context);
    addRunCommands(commands, context);
    const inserting = addInsertCommands(commands, context, insertion);

    const { state, trans } = context;
    state.stateChanged.connect(() => commands.notifyCommandChanged());

    const category = trans.__('MLflow');
    for (const command of [
      CommandIDs.selectConnection,
      CommandIDs.addConnection,
      CommandIDs.removeConnection,
      CommandIDs.useNotebookUri,
      CommandIDs.openExperiment,
      CommandIDs.copyExperimentId,
      CommandIDs.copyExperimentName,
      CommandIDs.selectAllRuns,
      CommandIDs.clearSelection,
      CommandIDs.copyRunId,
      CommandIDs.copyRunName,
      CommandIDs.sortRuns,
      CommandIDs.showMetric,
      ...inserting
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
