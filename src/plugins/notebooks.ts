/** Whole notebooks for chosen runs: asks what they shall hold, has the server write them, and opens them. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { notebookIcon } from '@jupyterlab/ui-components';
import type {
  NotebookRequest,
  NotebookWritten,
  TemplateInfo
} from '../api/types';
import { CommandIDs, describedBy, type IRunsArgs } from '../commands';
import { oneLine } from '../format';
import {
  derivedColumns,
  fileNameOf,
  isSearchable,
  notebookRequest,
  SECTIONS,
  type INotebookChoice,
  type INotebookScope
} from '../notebook/whole';
import type { ExplorerState } from '../state/explorer';
import { MAX_RUNS } from '../state/recipes';
import { recognise } from '../state/query';
import { IExplorerContext } from './context';
import type { IRunsOffer } from './runschoice';
import { showForm } from './submitdialog';

/** The template that is always there. */
export const OBSERVATION = 'observation';

/** Ids of all runs that match, by the server's own search. */
async function matchingIds(
  { client, trans }: IExplorerContext,
  scope: INotebookScope,
  signal: AbortSignal
): Promise<string[]> {
  const table = await client.table(
    {
      connection: scope.connection ?? '',
      experimentIds: scope.experimentIds,
      columns: ['attributes.run_name'],
      ...(recognise(scope.query) === 'filter'
        ? { filter: scope.query }
        : { search: scope.query }),
      orderBy: scope.order ? [scope.order] : [],
      view: scope.view as 'active',
      limit: MAX_RUNS
    },
    signal
  );
  if (table.next_page_token) {
    throw new Error(
      trans.__(
        'More than %1 runs match. Narrow the search, or search by a filter such as metrics.auc > 0.9.',
        MAX_RUNS.toLocaleString()
      )
    );
  }
  return table.run_ids;
}

/** What the panel shows, with what is given in place of it. */
export function scopeOf(
  { state, settings }: Pick<IExplorerContext, 'state' | 'settings'>,
  given: IRunsArgs
): INotebookScope {
  const { runs, connections } = state;
  return {
    connection: given.connection ?? runs.connection ?? connections.currentId,
    selectedIds: given.runIds ?? runs.selectedIds,
    experimentIds: runs.experimentIds,
    query: runs.query.trim(),
    order: runs.order,
    view: runs.view,
    naming: settings.naming
  };
}

/** Which runs a dialog offers. */
export function runsOffer(
  { runs }: ExplorerState,
  scope: INotebookScope
): IRunsOffer {
  return {
    selected: scope.selectedIds.length,
    matching: scope.experimentIds.length === 0 ? 0 : runs.total,
    isSearch: scope.query !== '' || scope.view !== 'active'
  };
}

/** The request for a whole notebook; rejects where more runs match than one can be about. */
export async function whatToWrite(
  context: IExplorerContext,
  choice: INotebookChoice,
  scope: INotebookScope,
  signal: AbortSignal
): Promise<NotebookRequest> {
  const ids =
    choice.runs === 'all' && !isSearchable(scope)
      ? await matchingIds(context, scope, signal)
      : null;
  return notebookRequest(choice, scope, ids);
}

/** A title for the runs shown: the experiment, or how many there are. */
export function titleOf(
  { state, trans }: Pick<IExplorerContext, 'state' | 'trans'>,
  runIds: readonly string[]
): string {
  const { experiments, runs } = state;
  if (runIds.length === 1) {
    return oneLine(runs.row(runIds[0])?.name ?? '', 100) || runIds[0];
  }
  const names = runs.experimentIds.map(
    id =>
      experiments.items.find(({ experiment_id }) => experiment_id === id)
        ?.name ?? id
  );
  return names.length === 1
    ? oneLine(names[0], 100)
    : trans._n('%1 experiment', '%1 experiments', names.length);
}

/** Ask for a notebook about these runs, write it and open it. */
async function newNotebook(
  app: JupyterFrontEnd,
  context: IExplorerContext,
  folder: string,
  given: IRunsArgs
): Promise<string | null> {
  const { client, state, trans } = context;
  await state.start();
  const { runs } = state;
  const scope = scopeOf(context, given);
  const fallback: TemplateInfo = {
    name: OBSERVATION,
    title: trans.__('Observation notebook'),
    source: ''
  };
  const templates = await client.templates().catch(() => [fallback]);
  const title = titleOf(context, scope.selectedIds);
  const { NotebookForm } = await import('./notebookdialog');
  const written = await showForm<INotebookChoice, NotebookWritten>({
    title: trans.__('New notebook from selection'),
    body: new NotebookForm(
      {
        templates: templates.length > 0 ? templates : [fallback],
        metrics: runs.columns?.metrics ?? [],
        groups: [
          ...derivedColumns(scope.naming),
          ...(runs.columns?.params ?? []).map(name => `params.${name}`)
        ],
        ...runsOffer(state, scope),
        start: {
          title,
          template: OBSERVATION,
          runs: scope.selectedIds.length > 0 ? 'selected' : 'all',
          rankBy: '',
          groupBy: '',
          sections: SECTIONS,
          folder,
          file: fileNameOf(title)
        }
      },
      trans
    ),
    submitLabel: trans.__('Create'),
    busyText: trans.__('Writing the notebook…'),
    focusNodeSelector: 'input[name="title"]',
    submit: async (choice, signal) =>
      client.writeNotebook(
        await whatToWrite(context, choice, scope, signal),
        signal
      ),
    trans
  });
  if (written === null) {
    return null;
  }
  for (const warning of written.warnings ?? []) {
    Notification.warning(oneLine(warning, 500));
  }
  await app.commands.execute('docmanager:open', {
    path: written.path,
    factory: 'Notebook'
  });
  return written.path;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:notebooks',
  description: 'Writes whole notebooks about MLflow runs.',
  autoStart: true,
  requires: [IExplorerContext],
  optional: [IDefaultFileBrowser, ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ): void => {
    const { state, trans } = context;
    const command = CommandIDs.newNotebook;
    app.commands.addCommand(command, {
      label: trans.__('New Notebook from Selection…'),
      caption: trans.__('Write a notebook about the chosen runs, and open it'),
      icon: notebookIcon,
      describedBy: describedBy.runs,
      isEnabled: args =>
        Array.isArray(args.runIds) ||
        state.runs.selection.size > 0 ||
        state.runs.loaded > 0,
      execute: args =>
        newNotebook(app, context, folderOf(browser, app), args as IRunsArgs)
    });
    palette?.addItem({ command, category: trans.__('MLflow') });
  }
};

/** The folder that the file browser shows, without a drive; '' for the root, and where a drive of others is shown. */
export function folderOf(
  browser: IDefaultFileBrowser | null,
  app: JupyterFrontEnd
): string {
  const path = browser?.model.path ?? '';
  const { contents } = app.serviceManager;
  return contents.driveName(path) ? '' : contents.localPath(path);
}

export default plugin;
