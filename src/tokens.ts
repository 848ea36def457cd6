/** What other extensions may use. Interfaces only. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

/** The explorer, as other extensions see it. */
export interface IMlflowExplorer {
  /** Id of the connection shown; null before the first look, and where there is none. */
  readonly connection: string | null;
  /** Ids of the chosen experiments. */
  readonly experimentIds: readonly string[];
  /** Ids of the chosen runs, in the order of the list. */
  readonly selectedRunIds: readonly string[];
  /** Emitted with the chosen run ids when they change. */
  readonly selectionChanged: ISignal<IMlflowExplorer, readonly string[]>;
  /** Show a run in the panel. */
  showRun(runId: string, connection?: string): Promise<void>;
  /**
   * Insert a recipe's cells below the active cell; returns how many.
   *
   * What is left out comes from the panel. 0 if the user declined (no notebook, or a kernel of another language).
   */
  insert(options: IMlflowExplorer.IInsertOptions): Promise<number>;
  /** Open an artifact in the viewer that fits. */
  openArtifact(runId: string, path: string, connection?: string): Promise<void>;
}

/** The namespace for `IMlflowExplorer` types. */
export namespace IMlflowExplorer {
  /** What to insert. */
  export interface IInsertOptions {
    recipe: string;
    connection?: string;
    runIds?: readonly string[];
    experimentIds?: readonly string[];
    artifactPath?: string;
    /** The logged model that has the artifact; the run where left out. */
    modelId?: string;
    filter?: string;
    orderBy?: readonly string[];
    options?: Record<string, unknown>;
  }
}

/** The token by which a plugin asks for the explorer. */
export const IMlflowExplorer = new Token<IMlflowExplorer>(
  'jupyter-mlflow-explorer:IMlflowExplorer',
  'MLflow runs chosen in the sidebar, and insertion of cells for them.'
);
