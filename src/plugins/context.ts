/** The parts that all our plugins share: client, state, settings and words. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';
import { Token, type ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import { ExplorerClient } from '../api/client';
import { ExplorerState } from '../state/explorer';
import { RecipesState } from '../state/recipes';
import { PanelSettings } from './settings';

/** Translation domains have no dashes. */
const DOMAIN = 'jupyter_mlflow_explorer';
const STATE_KEY = 'jupyter-mlflow-explorer:state';
const SAVE_DELAY_MS = 500;

/** What our plugins share. Not for other extensions; they have `IMlflowExplorer`. */
export interface IExplorerContext {
  readonly client: ExplorerClient;
  readonly state: ExplorerState;
  readonly recipes: RecipesState;
  readonly settings: PanelSettings;
  readonly translator: ITranslator;
  readonly trans: TranslationBundle;
}

/** The token of the shared parts. */
export const IExplorerContext = new Token<IExplorerContext>(
  'jupyter-mlflow-explorer:IExplorerContext',
  'The parts that the plugins of jupyter-mlflow-explorer share.'
);

const plugin: JupyterFrontEndPlugin<IExplorerContext> = {
  id: 'jupyter-mlflow-explorer:context',
  description: 'Client, state and settings of the MLflow explorer.',
  autoStart: true,
  provides: IExplorerContext,
  optional: [ITranslator, ISettingRegistry, IStateDB],
  activate: (
    app,
    translator: ITranslator | null,
    settingRegistry: ISettingRegistry | null,
    stateDB: IStateDB | null
  ): IExplorerContext => {
    const words = translator ?? nullTranslator;
    const { serverSettings } = app.serviceManager;
    const client = new ExplorerClient({ serverSettings });
    const settings = new PanelSettings(settingRegistry);

    // Waiting here would block the application's start, which the state database itself waits for.
    const prepare = async (): Promise<void> => {
      const [, saved] = await Promise.all([
        settings.ready,
        stateDB?.fetch(STATE_KEY).catch(() => undefined)
      ]);
      configure();
      state.restore(
        (saved ?? {}) as Partial<ExplorerState.ISaved>,
        settings.defaultConnection || null
      );
      state.stateChanged.connect(() => void save.invoke());
    };
    const state = new ExplorerState({ client, prepare });
    const configure = (): void =>
      state.configure({
        pageSize: settings.pageSize,
        refreshIntervalMs: settings.refreshIntervalMs
      });
    settings.changed.connect(configure);

    let last = '';
    const save = new Debouncer(async () => {
      const value = state.save();
      const text = JSON.stringify(value);
      if (stateDB && text !== last) {
        last = text;
        await stateDB.save(
          STATE_KEY,
          value as unknown as ReadonlyPartialJSONObject
        );
      }
    }, SAVE_DELAY_MS);

    return {
      client,
      state,
      recipes: new RecipesState({ client }),
      settings,
      translator: words,
      trans: words.load(DOMAIN)
    };
  }
};

export default plugin;
