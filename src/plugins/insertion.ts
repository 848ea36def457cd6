/** Insertion into notebooks: finds or makes one, fetches the cells, inserts, and tells. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { ICell } from '@jupyterlab/nbformat';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import { failureOf } from '../api/errors';
import type { CellsRequest } from '../api/types';
import {
  insertIntoPanel,
  insertionIndex,
  isWritable,
  removeCells,
  runInserted,
  type IInserted
} from '../notebook/inserter';
import { startDrag } from '../notebook/drag';
import { kernelLanguage } from '../notebook/kernel';
import { oneLine } from '../format';
import { asFilter } from '../state/query';
import { MAX_RUNS, withLibrary } from '../state/recipes';
import type { IMlflowExplorer } from '../tokens';
import { IExplorerContext } from './context';

const NOTICE_MS = 4000;

/** Recipes whose cells need no setup cell above them. */
const STANDALONE = new Set(['setup', 'migrate-file-store']);

/** Recipes for whole experiments that look at the chosen runs too, for hints such as the metric. */
const LOOKS_AT_RUNS = new Set(['leaderboard']);

/** Inserts cells, for the plugins that offer it. */
export interface IInsertion {
  /** Insert below the active cell; how many cells, 0 where the user declined or the server refused. */
  insert(options: IMlflowExplorer.IInsertOptions): Promise<number>;
  /** Let the user drag the cells to a place. */
  drag(
    options: IMlflowExplorer.IInsertOptions,
    label: string,
    clientX: number,
    clientY: number
  ): void;
  /** The recipe of a double-click or drag of so many runs. */
  defaultRecipe(runs: number): string;
}

/** The token of the inserter. */
export const IInsertion = new Token<IInsertion>(
  'jupyter-mlflow-explorer:IInsertion',
  'Insertion of recipe cells into notebooks.'
);

class Insertion implements IInsertion {
  constructor(
    private _app: JupyterFrontEnd,
    private _context: IExplorerContext,
    private _tracker: INotebookTracker | null
  ) {}

  async insert(options: IMlflowExplorer.IInsertOptions): Promise<number> {
    const { trans, settings } = this._context;
    const body = await this._body(options);
    if ((body.run_ids?.length ?? 0) > MAX_RUNS) {
      await this._complain(
        new Error(
          trans.__(
            'Cells can be made for at most %1 runs; %2 are selected.',
            MAX_RUNS,
            body.run_ids?.length
          )
        )
      );
      return 0;
    }
    const target = await this._target();
    if (!target) {
      return 0;
    }
    let cells: ICell[];
    try {
      cells = await this._cells(body);
    } catch (error) {
      await this._complain(error);
      return 0;
    }
    const { panel, isNew } = target;
    if (panel.isDisposed) {
      return 0;
    }
    // A notebook made for the purpose has one empty cell, which is more useful below.
    const index = isNew ? 0 : insertionIndex(panel);
    const inserted = await insertIntoPanel(
      panel,
      cells,
      body.connection ?? '',
      index
    );
    this._app.shell.activateById(panel.id);
    if (inserted.count === 0) {
      Notification.info(trans.__('The notebook has this setup cell already.'), {
        autoClose: NOTICE_MS
      });
      return 0;
    }
    this._tell(panel, inserted);
    if (settings.runAfterInsert) {
      await runInserted(panel, inserted);
    }
    return inserted.count;
  }

  drag(
    options: IMlflowExplorer.IInsertOptions,
    label: string,
    clientX: number,
    clientY: number
  ): void {
    const body = this._body(options);
    void startDrag(
      {
        label,
        fetch: async () => this._cells(await body),
        drop: (panel, index, cells) =>
          void this._drop(panel, index, cells, body)
      },
      () => this._panels(),
      clientX,
      clientY
    );
  }

  defaultRecipe(runs: number): string {
    const { defaultRecipe } = this._context.settings;
    const many = new Set(['compare-runs', 'compare-metrics']);
    const isUsable =
      defaultRecipe !== 'automatic' &&
      (runs > 1 ? defaultRecipe !== 'load-run' : !many.has(defaultRecipe));
    return isUsable ? defaultRecipe : runs > 1 ? 'compare-runs' : 'run-summary';
  }

  private async _drop(
    panel: NotebookPanel,
    index: number,
    cells: Promise<readonly ICell[]>,
    body: Promise<CellsRequest>
  ): Promise<void> {
    try {
      if (!(await this._isPython(panel))) {
        return;
      }
      const inserted = await insertIntoPanel(
        panel,
        await cells,
        (await body).connection ?? '',
        index
      );
      this._app.shell.activateById(panel.id);
      this._tell(panel, inserted);
      if (this._context.settings.runAfterInsert) {
        await runInserted(panel, inserted);
      }
    } catch (error) {
      await this._complain(error);
    }
  }

  private async _complain(error: unknown): Promise<void> {
    const { trans } = this._context;
    await showErrorMessage(
      trans.__('The cells could not be made'),
      failureOf(error).message,
      [Dialog.okButton({ label: trans.__('OK') })]
    );
  }

  /** What to ask the server for: the options, and what the panel shows where they are silent. */
  private async _body(
    options: IMlflowExplorer.IInsertOptions
  ): Promise<CellsRequest> {
    const { state, recipes, settings } = this._context;
    const { recipe } = options;
    await Promise.all([state.start(), recipes.load()]);
    const { runs, connections } = state;
    const info = recipes.get(recipe);
    const isSearch = info?.needs === 'experiments';
    const selected =
      isSearch && !LOOKS_AT_RUNS.has(recipe) ? [] : runs.selectedIds;
    return {
      recipe,
      connection: options.connection ?? connections.currentId,
      run_ids: [
        ...(options.runIds ??
          (isSearch ? selected.slice(0, MAX_RUNS) : selected))
      ],
      experiment_ids: [...(options.experimentIds ?? runs.experimentIds)],
      artifact_path: options.artifactPath ?? null,
      model_id: options.modelId ?? null,
      filter:
        (options.filter ?? (isSearch ? asFilter(runs.query) : '')) || null,
      order_by: [
        ...(options.orderBy ?? (isSearch && runs.order ? [runs.order] : []))
      ],
      options: withLibrary(info, settings.plotLibrary, options.options),
      naming: settings.naming,
      // The notebook is looked at when the cells go in; one setup cell too many is left out there.
      setup: !STANDALONE.has(recipe)
    };
  }

  private async _cells(body: CellsRequest): Promise<ICell[]> {
    const answer = await this._context.client.cells(body);
    for (const warning of answer.warnings ?? []) {
      Notification.warning(oneLine(warning, 500));
    }
    return answer.cells as unknown as ICell[];
  }

  /** The notebook to insert into; null if there is none and the user wants none. */
  private async _target(): Promise<{
    panel: NotebookPanel;
    isNew: boolean;
  } | null> {
    const { trans } = this._context;
    const current = this._tracker?.currentWidget ?? null;
    if (!current || !isWritable(current)) {
      const result = await showDialog({
        title: trans.__('No notebook to insert into'),
        body: trans.__('Create a Python notebook and insert the cells there?'),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.okButton({ label: trans.__('Create notebook') })
        ]
      });
      return result.button.accept ? this._create() : null;
    }
    await current.context.ready;
    if (await this._isPython(current)) {
      return { panel: current, isNew: false };
    }
    return null;
  }

  /** Whether cells of Python make sense here; asks the user where not. */
  private async _isPython(panel: NotebookPanel): Promise<boolean> {
    const { trans } = this._context;
    const language = await kernelLanguage(panel);
    if (language === '' || language.includes('python')) {
      return true;
    }
    const result = await showDialog({
      title: trans.__('The kernel is not Python'),
      body: trans.__(
        'The cells are Python, and the kernel of this notebook runs %1. Change the kernel first, or insert them to read.',
        language
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Insert anyway') })
      ]
    });
    return result.button.accept;
  }

  private async _create(): Promise<{
    panel: NotebookPanel;
    isNew: boolean;
  } | null> {
    const { trans } = this._context;
    const { commands, serviceManager } = this._app;
    await serviceManager.kernelspecs.ready;
    const specs = serviceManager.kernelspecs.specs;
    const names = Object.values(specs?.kernelspecs ?? {})
      .filter(spec => spec?.language.toLowerCase() === 'python')
      .map(spec => spec?.name);
    const kernelName = names.includes(specs?.default)
      ? specs?.default
      : names[0];
    const panel: unknown = await commands.execute('notebook:create-new', {
      kernelName
    });
    if (!(panel instanceof NotebookPanel)) {
      // Notebook 7 opens it in another browser tab, out of reach from here.
      Notification.info(
        trans.__('Open the new notebook and insert the cells there.')
      );
      return null;
    }
    await panel.revealed;
    await panel.context.ready;
    return { panel, isNew: true };
  }

  private _tell(panel: NotebookPanel, inserted: IInserted): void {
    const { trans } = this._context;
    const { count, ids } = inserted;
    if (count === 0) {
      return;
    }
    // Without an id, this would dismiss the notices of everybody.
    if (this._notice !== undefined) {
      Notification.dismiss(this._notice);
    }
    this._notice = Notification.success(
      trans._n('Inserted %1 cell.', 'Inserted %1 cells.', count),
      {
        autoClose: NOTICE_MS,
        actions: [
          {
            label: trans.__('Undo'),
            caption: trans.__('Remove the inserted cells'),
            callback: () => {
              // Not the notebook's own undo, which may mean something done since.
              const shared = panel.content.model?.sharedModel;
              if (!panel.isDisposed && shared) {
                removeCells(shared, ids);
              }
            }
          }
        ]
      }
    );
  }

  /** The last notice, which the next one replaces. */
  private _notice: string | undefined;

  private _panels(): NotebookPanel[] {
    const panels: NotebookPanel[] = [];
    this._tracker?.forEach(panel => panels.push(panel));
    return panels;
  }
}

const plugin: JupyterFrontEndPlugin<IInsertion> = {
  id: 'jupyter-mlflow-explorer:insertion',
  description: 'Inserts cells for MLflow runs into notebooks.',
  autoStart: true,
  provides: IInsertion,
  requires: [IExplorerContext],
  optional: [INotebookTracker],
  activate: (
    app,
    context: IExplorerContext,
    tracker: INotebookTracker | null
  ): IInsertion => new Insertion(app, context, tracker)
};

export default plugin;
