/** Commands on connections: choose, add, remove, and follow the active notebook. */
import {
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, deleteIcon, linkIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { failureOf } from '../api/errors';
import type { NewConnection } from '../api/types';
import { CommandIDs, describedBy, type IConnectionArgs } from '../commands';
import { oneLine } from '../format';
import { kernelLanguage } from '../notebook/kernel';
import {
  absoluteUri,
  askKernel,
  KernelAnswerError,
  matching,
  type IKernelStore
} from '../notebook/trackinguri';
import { askForConnection } from './connectiondialog';
import type { IExplorerContext } from './context';

const NOTICE_MS = 4000;

/** Register them. `tracker` knows the active notebook. */
export function addConnectionCommands(
  commands: CommandRegistry,
  { state, trans }: IExplorerContext,
  tracker: INotebookTracker | null
): void {
  const { connections } = state;

  /** Ask until the server takes it or the user gives up; whether one was added. */
  const add = async (suggested: NewConnection | null): Promise<boolean> => {
    const { allowedSchemes } = connections;
    let body = await askForConnection(allowedSchemes, trans, suggested);
    while (body) {
      try {
        await connections.add(body);
        return true;
      } catch (error) {
        const { message } = failureOf(error);
        body = await askForConnection(allowedSchemes, trans, body, message);
      }
    }
    return false;
  };

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
      await add(null);
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

  commands.addCommand(CommandIDs.useNotebookUri, {
    label: trans.__('Use the Notebook’s Tracking URI'),
    caption: trans.__(
      'Ask the kernel of the active notebook for its MLflow tracking URI, and show that store'
    ),
    icon: linkIcon,
    describedBy: describedBy.none,
    isEnabled: () => !!tracker?.currentWidget,
    execute: async () => {
      await state.start();
      const panel = tracker?.currentWidget;
      const store = panel ? await askNotebook(panel, trans) : null;
      if (!panel || !store) {
        return;
      }
      const found = matching(connections.all, store);
      if (found) {
        connections.select(found.id);
        await commands.execute(CommandIDs.showPanel);
        Notification.info(
          trans.__('The notebook uses “%1”.', oneLine(found.name)),
          { autoClose: NOTICE_MS }
        );
        return;
      }
      const uri = absoluteUri(store);
      if (!connections.canAdd) {
        Notification.error(
          trans.__(
            'The notebook uses %1, which is none of the connections here, and adding connections is switched off on this server.',
            oneLine(uri)
          )
        );
        return;
      }
      const name = PathExt.basename(panel.context.path, '.ipynb');
      if (await add({ name, tracking_uri: uri })) {
        await commands.execute(CommandIDs.showPanel);
      }
    }
  });
}

/** Ask the notebook's kernel which store it uses; null, and the user is told, where it does not say. */
async function askNotebook(
  panel: NotebookPanel,
  trans: TranslationBundle
): Promise<IKernelStore | null> {
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  const language = await kernelLanguage(panel);
  if (!kernel || (language && !language.includes('python'))) {
    Notification.error(
      kernel
        ? trans.__('The notebook’s kernel runs %1, not Python.', language)
        : trans.__('The notebook has no kernel. Start one first.')
    );
    return null;
  }
  const notice = Notification.emit(
    trans.__('Asking the notebook’s kernel for its tracking URI…'),
    'in-progress'
  );
  try {
    return await askKernel(kernel);
  } catch (error) {
    Notification.error(explain(error, trans));
    return null;
  } finally {
    Notification.dismiss(notice);
  }
}

function explain(error: unknown, trans: TranslationBundle): string {
  const { reason, message } =
    error instanceof KernelAnswerError
      ? error
      : new KernelAnswerError('failed', String(error));
  switch (reason) {
    case 'timeout':
      return trans.__(
        'The kernel did not answer. It may be at work: try again when it is idle.'
      );
    case 'no-mlflow':
      return trans.__('MLflow is not installed in the notebook’s kernel.');
    default:
      return message
        ? trans.__('The kernel could not say: %1', oneLine(message))
        : trans.__('The kernel could not say which tracking URI it uses.');
  }
}
