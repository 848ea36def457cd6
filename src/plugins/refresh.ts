/** *Refresh cells*: writes generated cells again for the runs of today, and asks where the user's text would be lost. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  Notification,
  showErrorMessage
} from '@jupyterlab/apputils';
import {
  INotebookTracker,
  NotebookActions,
  type NotebookPanel
} from '@jupyterlab/notebook';
import { refreshIcon } from '@jupyterlab/ui-components';
import { failureOf } from '../api/errors';
import type { Refreshed } from '../api/types';
import { CommandIDs, describedBy } from '../commands';
import { oneLine } from '../format';
import { isWritable } from '../notebook/inserter';
import { provenanceOf } from '../notebook/provenance';
import {
  applyChanges,
  cellsToSend,
  fingerprint,
  hasGenerated
} from '../notebook/refresh';
import { IExplorerContext } from './context';
import type { IEditedCell } from './refreshdialog';
import { showForm } from './submitdialog';

const NOTICE_MS = 8000;
const MAX_WARNINGS = 5;

class Refresher {
  constructor(
    private _app: JupyterFrontEnd,
    private _context: IExplorerContext
  ) {}

  /** Refresh the use of a recipe that each selected cell belongs to, or the whole notebook; how many cells changed. */
  async refresh(panel: NotebookPanel, isWhole: boolean): Promise<number> {
    const { client, state, trans } = this._context;
    const shared = panel.content.model?.sharedModel;
    if (!shared) {
      return 0;
    }
    const chosen = isWhole
      ? null
      : panel.content.widgets.flatMap((cell, index) =>
          panel.content.isSelectedOrActive(cell) ? [index] : []
        );
    const before = fingerprint(shared);
    const notice = Notification.emit(
      trans.__('Reading the runs of today…'),
      'in-progress',
      { autoClose: false }
    );
    let answer: Refreshed;
    try {
      answer = await client.refresh({
        cells: cellsToSend(shared),
        chosen,
        connection: state.connections.currentId
      });
    } catch (error) {
      await this._complain(failureOf(error).message);
      return 0;
    } finally {
      Notification.dismiss(notice);
    }
    const kept = await this._ask(panel, answer);
    if (kept === null || panel.isDisposed) {
      return 0;
    }
    if (fingerprint(shared) !== before) {
      await this._complain(
        trans.__('The notebook was changed meanwhile. Refresh again.')
      );
      return 0;
    }
    const live = answer.live.map(index => shared.cells[index].getId());
    const changed = applyChanges(shared, answer.changes, kept);
    await this._tell(panel, answer, kept, changed, live);
    return answer.changes.length - kept.size;
  }

  /** Indices of the edited cells that stay; null where the user wants nothing. */
  private async _ask(
    panel: NotebookPanel,
    answer: Refreshed
  ): Promise<Set<number> | null> {
    const { trans } = this._context;
    const cells = panel.content.model?.sharedModel.cells ?? [];
    const edited: IEditedCell[] = answer.changes
      .filter(change => change.edited)
      .map(({ index, kind, cells: [fresh] }) => ({
        index,
        recipe: provenanceOf(cells[index].getMetadata())?.recipe ?? '',
        mine: cells[index].getSource(),
        fresh: kind === 'remove' ? null : String(fresh.source)
      }));
    if (edited.length === 0) {
      return new Set();
    }
    const { RefreshForm } = await import('./refreshdialog');
    const kept = await showForm<number[], number[]>({
      title: trans.__('Refresh cells'),
      body: new RefreshForm(
        edited,
        this._summary(answer, new Set(edited.map(({ index }) => index))),
        trans
      ),
      submitLabel: trans.__('Refresh'),
      busyText: '',
      focusNodeSelector: 'input[type="checkbox"]',
      submit: async value => value,
      trans
    });
    return kept === null ? null : new Set(kept);
  }

  private _summary(answer: Refreshed, kept: ReadonlySet<number>): string {
    const { trans } = this._context;
    const made = answer.changes.filter(
      ({ kind, index, edited }) =>
        kind !== 'mark' && !(edited && kept.has(index))
    );
    const count = made.reduce(
      (sum, { kind, cells }) => sum + (kind === 'insert' ? cells.length : 1),
      0
    );
    return [
      count === 0
        ? trans.__('No other cell changes.')
        : trans._n('%1 cell changes.', '%1 cells change.', count),
      trans._n(
        '%1 stays, with its outputs.',
        '%1 stay, with their outputs.',
        answer.unchanged
      )
    ].join(' ');
  }

  private async _tell(
    panel: NotebookPanel,
    answer: Refreshed,
    kept: ReadonlySet<number>,
    changed: readonly string[],
    live: readonly string[]
  ): Promise<void> {
    const { settings, trans } = this._context;
    for (const warning of answer.warnings.slice(0, MAX_WARNINGS)) {
      Notification.warning(oneLine(warning, 500));
    }
    const wanted = new Set([...changed, ...live]);
    const run = (): Promise<boolean> =>
      NotebookActions.runCells(
        panel.content,
        panel.content.widgets.filter(({ model }) => wanted.has(model.id)),
        panel.sessionContext
      );
    if (settings.runAfterInsert && wanted.size > 0) {
      await run();
    }
    const isSame = answer.changes.every(
      ({ kind, index, edited }) =>
        kind === 'mark' || (edited && kept.has(index))
    );
    const text = isSame
      ? trans.__('The cells are as they would be written today.')
      : this._summary(answer, kept);
    Notification.success(text, {
      autoClose: NOTICE_MS,
      actions:
        settings.runAfterInsert || wanted.size === 0
          ? []
          : [
              {
                label: trans._n('Run %1 Cell', 'Run %1 Cells', wanted.size),
                caption: trans.__(
                  'Run the cells that changed, and those that search for runs'
                ),
                callback: () => {
                  if (!panel.isDisposed) {
                    void run();
                  }
                }
              }
            ]
    });
    this._app.shell.activateById(panel.id);
  }

  private async _complain(message: string): Promise<void> {
    const { trans } = this._context;
    await showErrorMessage(
      trans.__('The cells could not be refreshed'),
      message,
      [Dialog.okButton({ label: trans.__('OK') })]
    );
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:refresh',
  description: 'Writes inserted cells again for the runs of today.',
  autoStart: true,
  requires: [IExplorerContext],
  optional: [INotebookTracker, ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    tracker: INotebookTracker | null,
    palette: ICommandPalette | null
  ): void => {
    if (!tracker) {
      return;
    }
    const { trans } = context;
    const refresher = new Refresher(app, context);
    const current = (): NotebookPanel | null => {
      const panel = tracker.currentWidget;
      return panel && isWritable(panel) ? panel : null;
    };
    const isOurs = (): boolean => {
      const panel = current();
      return (
        panel?.content.widgets.some(
          cell =>
            panel.content.isSelectedOrActive(cell) &&
            provenanceOf(cell.model.sharedModel.getMetadata()) !== null
        ) ?? false
      );
    };
    const refresh = async (isWhole: boolean): Promise<number> => {
      const panel = current();
      return panel ? refresher.refresh(panel, isWhole) : 0;
    };
    app.commands.addCommand(CommandIDs.refreshCells, {
      label: trans.__('Refresh MLflow Cells'),
      caption: trans.__('Write the chosen cells again for the runs of today'),
      icon: refreshIcon,
      describedBy: describedBy.none,
      isVisible: isOurs,
      isEnabled: isOurs,
      execute: () => refresh(false)
    });
    app.commands.addCommand(CommandIDs.refreshNotebook, {
      label: trans.__('Refresh All MLflow Cells of the Notebook'),
      caption: trans.__(
        'Write all inserted cells again for the runs of today; an observation notebook finds new runs'
      ),
      icon: refreshIcon,
      describedBy: describedBy.none,
      isEnabled: () => {
        const shared = current()?.content.model?.sharedModel;
        return shared !== undefined && hasGenerated(shared);
      },
      execute: () => refresh(true)
    });
    for (const command of [
      CommandIDs.refreshCells,
      CommandIDs.refreshNotebook
    ]) {
      palette?.addItem({ command, category: trans.__('MLflow') });
    }
  }
};

export default plugin;
