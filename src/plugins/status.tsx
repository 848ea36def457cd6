/** A word in the status bar: how many runs are chosen. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar, TextItem } from '@jupyterlab/statusbar';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import type { ExplorerState } from '../state/explorer';
import { IExplorerContext } from './context';

class SelectionItem extends VDomRenderer<ExplorerState> {
  constructor(
    state: ExplorerState,
    private _trans: TranslationBundle,
    private _onClick: () => void
  ) {
    super(state);
    this.addClass('jp-mod-highlighted');
  }

  protected render(): JSX.Element {
    const count = this.model.runs.selection.size;
    return (
      <TextItem
        source={this._trans._n(
          'MLflow: %1 run selected',
          'MLflow: %1 runs selected',
          count
        )}
        title={this._trans.__('Show MLflow Explorer')}
        onClick={this._onClick}
      />
    );
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:status',
  description: 'Shows the number of chosen MLflow runs in the status bar.',
  autoStart: true,
  requires: [IExplorerContext],
  optional: [IStatusBar],
  activate: (
    app,
    context: IExplorerContext,
    statusBar: IStatusBar | null
  ): void => {
    const { state, trans } = context;
    statusBar?.registerStatusItem('jupyter-mlflow-explorer:selection', {
      item: new SelectionItem(
        state,
        trans,
        () => void app.commands.execute(CommandIDs.showPanel)
      ),
      align: 'left',
      rank: 100,
      isActive: () => state.runs.selection.size > 0,
      activeStateChanged: state.stateChanged
    });
  }
};

export default plugin;
