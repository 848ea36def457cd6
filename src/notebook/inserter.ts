/** Puts cells into a notebook: below the active cell, in one transaction, over nothing. */
import type { ICell } from '@jupyterlab/nbformat';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';
import { isSetup, needsSetup, type ISharedNotebook } from './provenance';

type SharedCell = Parameters<ISharedNotebook['insertCells']>[1][number];

/** Where cells went. */
export interface IInserted {
  readonly index: number;
  readonly count: number;
  readonly ids: readonly string[];
}

/** Whether cells may go in: not into notebooks that cannot be saved, such as opened artifacts. */
export function isWritable(panel: NotebookPanel): boolean {
  return panel.context.contentsModel?.writable !== false;
}

/** The index at which cells go: below the active cell, or at the end where none is active. */
export function insertionIndex(panel: NotebookPanel): number {
  const notebook = panel.content;
  const active = notebook.activeCellIndex;
  return notebook.activeCell && active >= 0
    ? active + 1
    : (notebook.model?.sharedModel.cells.length ?? 0);
}

/**
 * Insert cells at an index, so that one undo removes them all.
 *
 * An id that the notebook has already is replaced, because ids made from the same runs are the same. The first cell is
 * left out if it is a setup cell that the notebook does not need.
 */
export function insertCells(
  notebook: ISharedNotebook,
  index: number,
  cells: readonly ICell[],
  connection: string
): IInserted {
  const taken = new Set(notebook.cells.map(cell => cell.getId()));
  const wanted =
    cells.length > 0 &&
    isSetup(cells[0].metadata) &&
    !needsSetup(notebook, index, connection)
      ? cells.slice(1)
      : cells;
  const fresh = wanted.map(cell => {
    const id =
      typeof cell.id === 'string' && !taken.has(cell.id)
        ? cell.id
        : UUID.uuid4();
    taken.add(id);
    return { ...cell, id } as SharedCell;
  });
  if (fresh.length > 0) {
    stopCapturing(notebook);
    notebook.transact(() => notebook.insertCells(index, fresh));
    stopCapturing(notebook);
  }
  return {
    index,
    count: fresh.length,
    ids: fresh.map(cell => String(cell.id))
  };
}

/** Take inserted cells out again, as far as they are still there; nothing else is touched. */
export function removeCells(
  notebook: ISharedNotebook,
  ids: readonly string[]
): void {
  const wanted = new Set(ids);
  stopCapturing(notebook);
  notebook.transact(() => {
    for (let i = notebook.cells.length - 1; i >= 0; i--) {
      if (wanted.has(notebook.cells[i].getId())) {
        notebook.deleteCell(i);
      }
    }
  });
}

/** Insert into an open notebook and show what was inserted; the last new cell becomes the active one. */
export async function insertIntoPanel(
  panel: NotebookPanel,
  cells: readonly ICell[],
  connection: string,
  index: number = insertionIndex(panel)
): Promise<IInserted> {
  const notebook = panel.content;
  const shared = notebook.model?.sharedModel;
  if (!shared) {
    return { index, count: 0, ids: [] };
  }
  const inserted = insertCells(shared, index, cells, connection);
  if (inserted.count > 0) {
    const last = inserted.index + inserted.count - 1;
    notebook.mode = 'command';
    notebook.deselectAll();
    notebook.activeCellIndex = last;
    await notebook.scrollToItem(last, 'smart').catch(() => undefined);
  }
  return inserted;
}

/** Run what was inserted, in order. */
export async function runInserted(
  panel: NotebookPanel,
  inserted: IInserted
): Promise<boolean> {
  const cells = panel.content.widgets.slice(
    inserted.index,
    inserted.index + inserted.count
  );
  return NotebookActions.runCells(panel.content, cells, panel.sessionContext);
}

/**
 * Close the current undo step.
 *
 * Yjs joins changes within half a second into one step; without this, one undo would also take what was typed shortly
 * before, or the insertion before this one. Absent from shared models of other makes, which then behave as Yjs does.
 */
export function stopCapturing(notebook: ISharedNotebook): void {
  const manager = (
    notebook as { undoManager?: { stopCapturing?: () => void } | null }
  ).undoManager;
  manager?.stopCapturing?.();
}
