/** Provides `IMlflowExplorer`, the explorer as other extensions see it. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Signal, type ISignal } from '@lumino/signaling';
import { CommandIDs } from '../commands';
import { IMlflowExplorer } from '../tokens';
import { IExplorerContext } from './context';
import { IInsertion } from './insertion';

class Explorer implements IMlflowExplorer {
  constructor(
    private _app: JupyterFrontEnd,
    private _context: IExplorerContext,
    private _insertion: IInsertion
  ) {
    _context.state.selectionChanged.connect(this._onSelectionChanged, this);
  }

  get connection(): string | null {
    return this._context.state.connections.currentId;
  }

  get experimentIds(): readonly string[] {
    return this._context.state.runs.experimentIds;
  }

  get selectedRunIds(): readonly string[] {
    return this._context.state.runs.selectedIds;
  }

  get selectionChanged(): ISignal<IMlflowExplorer, readonly string[]> {
    return this._selectionChanged;
  }

  async showRun(runId: string, connection?: string): Promise<void> {
    await this._app.commands.execute(
      CommandIDs.showRun,
      connection ? { runId, connection } : { runId }
    );
  }

  insert(options: IMlflowExplorer.IInsertOptions): Promise<number> {
    return this._insertion.insert(options);
  }

  async openArtifact(
    runId: string,
    path: string,
    connection?: string
  ): Promise<void> {
    await this._app.commands.execute(
      CommandIDs.openArtifact,
      connection ? { runId, path, connection } : { runId, path }
    );
  }

  private _onSelectionChanged(_: unknown, runIds: readonly string[]): void {
    this._selectionChanged.emit(runIds);
  }

  private _selectionChanged = new Signal<IMlflowExplorer, readonly string[]>(
    this
  );
}

const plugin: JupyterFrontEndPlugin<IMlflowExplorer> = {
  id: 'jupyter-mlflow-explorer:explorer',
  description: 'The MLflow explorer for other extensions.',
  autoStart: true,
  provides: IMlflowExplorer,
  requires: [IExplorerContext, IInsertion],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion
  ): IMlflowExplorer => new Explorer(app, context, insertion)
};

export default plugin;
