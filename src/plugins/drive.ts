/** Adds the drive `MLflow` to the contents manager. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ArtifactDrive } from '../drive/drive';
import { IExplorerContext } from './context';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:drive',
  description: 'A read-only drive of MLflow artifacts.',
  autoStart: true,
  requires: [IExplorerContext],
  // Synchronous, so that the drive is there before documents are restored.
  activate: (app, context: IExplorerContext): void => {
    const { contents, serverSettings } = app.serviceManager;
    contents.addDrive(
      new ArtifactDrive({ client: context.client, serverSettings })
    );
  }
};

export default plugin;
