/** Adds the sidebar and the commands that need it. */
import {
  ILayoutRestorer,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { refreshIcon, searchIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import { CommandIDs, describedBy } from '../commands';
import { oneLine } from '../format';
import { explorerIcon } from '../icons';
import { ExperimentsWidget } from '../widgets/experiments';
import { HeaderWidget } from '../widgets/header';
import { ExplorerPanel, type IPanelLayout } from '../widgets/panel';
import { RunWidget } from '../widgets/run';
import { RunsWidget } from '../widgets/runs';
import { IExplorerContext } from './context';
import { IInsertion } from './insertion';
import { headerMenu, insertMenu, openBelow, runsMenu } from './menus';

const LAYOUT_KEY = 'jupyter-mlflow-explorer:layout';
const SAVE_DELAY_MS = 500;
/** Below the file browser, the running sessions and the table of contents. */
const RANK = 510;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:panel',
  description: 'The MLflow sidebar.',
  autoStart: true,
  requires: [IExplorerContext, IInsertion],
  optional: [
    ICommandPalette,
    IDocumentManager,
    ILayoutRestorer,
    IRenderMimeRegistry,
    IStateDB
  ],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    palette: ICommandPalette | null,
    documents: IDocumentManager | null,
    restorer: ILayoutRestorer | null,
    rendermime: IRenderMimeRegistry | null,
    stateDB: IStateDB | null
  ): void => {
    const { commands, shell } = app;
    const { state, recipes, trans, translator } = context;
    const { connections, experiments, runs, run } = state;
    const execute = (
      id: string,
      args: ReadonlyPartialJSONObject = {}
    ): void => {
      void commands.execute(id, args);
    };

    const header = new HeaderWidget({
      connections,
      trans,
      actions: {
        select: connection =>
          execute(CommandIDs.selectConnection, { connection }),
        refresh: () => execute(CommandIDs.refreshPanel),
        insertMigration: () => execute(CommandIDs.insertMigration),
        openMenu: anchor => openBelow(headerMenu(commands), anchor)
      }
    });
    const runsWidget = new RunsWidget({
      runs,
      trans,
      hasChoice: () => experiments.items.length > 0,
      actions: {
        insertSummary: () => execute(CommandIDs.insertRunSummary),
        insertComparison: () => execute(CommandIDs.insertComparison),
        insertMetricComparison: () =>
          execute(CommandIDs.insertMetricComparison),
        newNotebook: () => execute(CommandIDs.newNotebook),
        showDetails: runId => execute(CommandIDs.showRun, { runId }),
        insertDefault: runId =>
          execute(CommandIDs.insertCells, {
            recipe: insertion.defaultRecipe(1),
            runIds: [runId]
          }),
        drag: (runIds, clientX, clientY) =>
          insertion.drag(
            { recipe: insertion.defaultRecipe(runIds.length), runIds },
            runIds.length === 1
              ? oneLine(runs.row(runIds[0])?.name ?? runIds[0], 40)
              : trans._n('%1 run', '%1 runs', runIds.length),
            clientX,
            clientY
          ),
        openMenu: (menu, anchor) =>
          openBelow(runsMenu(menu, commands, runs, recipes, trans), anchor)
      }
    });
    experiments.stateChanged.connect(runsWidget.update, runsWidget);
    const runWidget = new RunWidget({
      run,
      rendermime,
      trans,
      actions: {
        copy: text => Clipboard.copyToSystem(text),
        showRun: runId => execute(CommandIDs.showRun, { runId }),
        insertSummary: runId =>
          execute(CommandIDs.insertRunSummary, { runIds: [runId] }),
        openInsertMenu: (runId, anchor) =>
          openBelow(
            insertMenu(commands, recipes, runId, run.connection ?? '', trans),
            anchor
          )
      },
      artifactActions: {
        open: ({ connection, runId, modelId }, path) =>
          execute(CommandIDs.openArtifact, {
            connection: connection ?? undefined,
            runId: runId ?? undefined,
            modelId: modelId ?? undefined,
            path
          }),
        drag: ({ connection, runId, modelId }, path, clientX, clientY) =>
          insertion.drag(
            {
              recipe: 'load-artifact',
              connection: connection ?? undefined,
              runIds: runId === null ? [] : [runId],
              modelId: modelId ?? undefined,
              artifactPath: path
            },
            oneLine(path, 40),
            clientX,
            clientY
          ),
        iconOf: name => documents?.registry.getFileTypesForPath(name)[0]?.icon
      },
      onGroupsChanged: () => void save.invoke()
    });
    const panel = new ExplorerPanel({
      state,
      header,
      experiments: new ExperimentsWidget({
        experiments,
        onOpen: experimentId =>
          execute(CommandIDs.openRunsTable, { experimentIds: [experimentId] }),
        trans
      }),
      runs: runsWidget,
      run: runWidget,
      translator,
      trans
    });

    const save = new Debouncer(async () => {
      await stateDB?.save(
        LAYOUT_KEY,
        panel.saveLayout() as unknown as ReadonlyPartialJSONObject
      );
    }, SAVE_DELAY_MS);
    void stateDB
      ?.fetch(LAYOUT_KEY)
      .then(saved =>
        panel.restoreLayout((saved ?? {}) as Partial<IPanelLayout>)
      )
      .catch(() => undefined)
      .then(() => panel.layoutChanged.connect(() => void save.invoke()));

    commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show MLflow Explorer'),
      icon: explorerIcon,
      describedBy: describedBy.none,
      execute: () => shell.activateById(panel.id)
    });
    commands.addCommand(CommandIDs.refreshPanel, {
      label: trans.__('Refresh MLflow Explorer'),
      icon: refreshIcon,
      describedBy: describedBy.none,
      execute: () => state.refresh()
    });
    commands.addCommand(CommandIDs.searchRuns, {
      label: trans.__('Search MLflow Runs'),
      icon: searchIcon,
      describedBy: describedBy.search,
      execute: args => {
        shell.activateById(panel.id);
        if (typeof args.query === 'string') {
          runs.setQuery(args.query);
        }
        panel.focusSearch();
      }
    });
    commands.addCommand(CommandIDs.showRun, {
      label: trans.__('Show Run Details'),
      describedBy: describedBy.run,
      isEnabled: args => args.runId !== undefined || runs.active !== null,
      execute: async args => {
        const runId = typeof args.runId === 'string' ? args.runId : runs.active;
        if (runId === null) {
          return;
        }
        shell.activateById(panel.id);
        await state.start();
        state.show(
          runId,
          typeof args.connection === 'string' ? args.connection : undefined
        );
        panel.focusRun();
      }
    });
    for (const command of [
      CommandIDs.showPanel,
      CommandIDs.refreshPanel,
      CommandIDs.searchRuns,
      CommandIDs.showRun
    ]) {
      palette?.addItem({ command, category: trans.__('MLflow') });
    }

    shell.add(panel, 'left', { rank: RANK, type: 'MLflow Explorer' });
    restorer?.add(panel, panel.id);
  }
};

export default plugin;
