/** Reports of notebooks and of chosen runs: asks what they shall be, has the server make them, and tells how they get on. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { ReportRequest } from '../api/types';
import { CommandIDs, describedBy, type IRunsArgs } from '../commands';
import { reportIcon } from '../icons';
import { fileNameOf, pathOf, SECTIONS } from '../notebook/whole';
import { ReportsState } from '../state/reports';
import { IExplorerContext } from './context';
import {
  folderOf,
  OBSERVATION,
  runsOffer,
  scopeOf,
  titleOf,
  whatToWrite
} from './notebooks';
import type { IReportChoice, IReportOffer } from './reportdialog';
import { ReportNotices, VIEWERS } from './reportnotices';
import { showForm } from './submitdialog';

/** What the dialog is about, and the request made of the answer. */
interface IAbout {
  offer: Omit<IReportOffer, 'hasPdf'>;
  request: (
    choice: IReportChoice,
    signal: AbortSignal
  ) => Promise<Pick<ReportRequest, 'path' | 'notebook' | 'execute'>>;
}

/** Ask what the report shall be, and have it made; its id, or null where the user gave up. */
async function askForReport(
  context: IExplorerContext,
  reports: ReportsState,
  about: IAbout
): Promise<string | null> {
  const { client, trans } = context;
  const [{ ReportForm, ENDINGS }, status] = await Promise.all([
    import('./reportdialog'),
    client.status().catch(() => null)
  ]);
  const report = await showForm({
    title: trans.__('Export report'),
    body: new ReportForm(
      {
        ...about.offer,
        // A server that did not answer says itself what it cannot do.
        hasPdf: status?.features.report_pdf ?? true
      },
      trans
    ),
    submitLabel: trans.__('Export'),
    busyText: trans.__('Starting…'),
    focusNodeSelector: 'input[name="title"], input[name="format"]',
    submit: async (choice: IReportChoice, signal: AbortSignal) => {
      const started = await reports.start({
        format: choice.format,
        output: pathOf(choice.folder, choice.file, ENDINGS[choice.format]),
        ...(await about.request(choice, signal))
      });
      // Given up while the request was under way: only its answer says what to cancel.
      if (signal.aborted) {
        await reports.stop(started.report_id);
      }
      return started;
    },
    trans
  });
  return report?.report_id ?? null;
}

/** A report about runs: its notebook is written for it, and not kept. */
async function aboutRuns(
  context: IExplorerContext,
  folder: string,
  given: IRunsArgs
): Promise<IAbout> {
  await context.state.start();
  const scope = scopeOf(context, given);
  const title = titleOf(context, scope.selectedIds);
  return {
    offer: {
      notebook: null,
      runs: runsOffer(context.state, scope),
      start: {
        format: 'html',
        execute: true,
        folder,
        file: fileNameOf(title, '.html'),
        title,
        runs: scope.selectedIds.length > 0 ? 'selected' : 'all'
      }
    },
    request: async ({ title, runs }, signal) => {
      const notebook = await whatToWrite(
        context,
        {
          title,
          runs,
          template: OBSERVATION,
          rankBy: '',
          groupBy: '',
          sections: SECTIONS,
          folder: '',
          file: ''
        },
        scope,
        signal
      );
      return { notebook: { ...notebook, path: '' }, execute: true };
    }
  };
}

/** A report of a notebook, as it is on the server. */
function aboutNotebook(path: string, panel: NotebookPanel | null): IAbout {
  const name = PathExt.basename(path, '.ipynb');
  return {
    offer: {
      notebook: PathExt.basename(path),
      runs: { selected: 0, matching: 0, isSearch: false },
      start: {
        format: 'html',
        execute: true,
        folder: PathExt.dirname(path),
        file: `${name}.html`,
        title: name,
        runs: 'selected'
      }
    },
    request: async ({ execute }) => {
      // The server reads the file, and the user means what is on the screen.
      if (panel && !panel.isDisposed && panel.context.model.dirty) {
        await panel.context.save();
      }
      return { path, execute };
    }
  };
}

/** The path of a notebook in the server's own contents; null for one on a drive. */
function localPath(
  app: JupyterFrontEnd,
  panel: NotebookPanel | null
): string | null {
  const path = panel?.context.path ?? '';
  const { contents } = app.serviceManager;
  return path && !contents.driveName(path) ? contents.localPath(path) : null;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:reports',
  description: 'Exports reports of notebooks and MLflow runs.',
  autoStart: true,
  requires: [IExplorerContext],
  optional: [INotebookTracker, IDefaultFileBrowser, ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    tracker: INotebookTracker | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const { client, state, trans } = context;
    const reports = new ReportsState({ client });
    new ReportNotices(
      reports,
      ({ path, format }) =>
        void commands.execute('docmanager:open', {
          path,
          factory: VIEWERS[format]
        }),
      trans
    );
    // Those that were under way when the page was left.
    void app.restored.then(() => reports.resume());

    commands.addCommand(CommandIDs.exportReport, {
      label: trans.__('Export Report…'),
      caption: trans.__('Make a report about the chosen runs'),
      icon: reportIcon,
      describedBy: describedBy.runs,
      isEnabled: args =>
        Array.isArray(args.runIds) ||
        state.runs.selection.size > 0 ||
        state.runs.loaded > 0,
      execute: async args => {
        const about = await aboutRuns(
          context,
          folderOf(browser, app),
          args as IRunsArgs
        );
        return askForReport(context, reports, about);
      }
    });
    commands.addCommand(CommandIDs.exportNotebookReport, {
      label: trans.__('Export Report of Notebook…'),
      caption: trans.__('Run the notebook and keep it as one file'),
      icon: reportIcon,
      describedBy: describedBy.notebook,
      isEnabled: args =>
        typeof args.path === 'string' ||
        localPath(app, tracker?.currentWidget ?? null) !== null,
      execute: async args => {
        const panel = tracker?.currentWidget ?? null;
        const shown = localPath(app, panel);
        const path = typeof args.path === 'string' ? args.path : shown;
        return path === null
          ? null
          : askForReport(
              context,
              reports,
              aboutNotebook(path, path === shown ? panel : null)
            );
      }
    });
    for (const command of [
      CommandIDs.exportReport,
      CommandIDs.exportNotebookReport
    ]) {
      palette?.addItem({ command, category: trans.__('MLflow') });
    }
  }
};

export default plugin;
