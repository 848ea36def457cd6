/** Recognises the cells that this project wrote, by their metadata. */
import type { INotebookModel } from '@jupyterlab/notebook';

/** A notebook as its collaborators share it. */
export type ISharedNotebook = INotebookModel['sharedModel'];

/** The key in a cell's metadata. */
export const PROVENANCE = 'jupyter_mlflow_explorer';

/** What the server writes beside each cell. */
export interface IProvenance {
  readonly recipe: string;
  readonly version?: number;
  readonly connection?: string;
  readonly run_ids?: readonly string[];
  readonly options?: Record<string, unknown>;
}

/** The provenance in a cell's metadata; null for cells of others, and for metadata that somebody mangled. */
export function provenanceOf(metadata: unknown): IProvenance | null {
  if (typeof metadata !== 'object' || metadata === null) {
    return null;
  }
  const value = (metadata as Record<string, unknown>)[PROVENANCE];
  const isOurs =
    typeof value === 'object' &&
    value !== null &&
    typeof (value as IProvenance).recipe === 'string';
  return isOurs ? (value as IProvenance) : null;
}

/** Whether a cell sets the connection up. */
export function isSetup(metadata: unknown): boolean {
  return provenanceOf(metadata)?.recipe === 'setup';
}

/**
 * Whether cells inserted at `index` need the connection's setup cell before them.
 *
 * The nearest setup cell above counts: one for another connection has rebound the names that ours would use.
 */
export function needsSetup(
  notebook: ISharedNotebook,
  index: number,
  connection: string
): boolean {
  for (let i = Math.min(index, notebook.cells.length) - 1; i >= 0; i--) {
    const provenance = provenanceOf(notebook.cells[i].getMetadata());
    if (provenance?.recipe === 'setup') {
      return provenance.connection !== connection;
    }
  }
  return true;
}
