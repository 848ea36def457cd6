/** Refreshing generated cells: what is sent of a notebook, and the changes that come back, made in one undo step. */
import type { ICell } from '@jupyterlab/nbformat';
import type { RefreshChange, RefreshRequest } from '../api/types';
import { stopCapturing } from './inserter';
import { PROVENANCE, provenanceOf, type ISharedNotebook } from './provenance';

type SharedCell = Parameters<ISharedNotebook['insertCells']>[1][number];

/** What is sent: our cells with source and mark, those of others only as places. */
export function cellsToSend(
  notebook: ISharedNotebook
): RefreshRequest['cells'] {
  return notebook.cells.map(cell => {
    const metadata = cell.getMetadata();
    return provenanceOf(metadata) === null
      ? { cell_type: 'raw', source: '', metadata: {} }
      : {
          cell_type: cell.cell_type,
          source: cell.getSource(),
          metadata: { [PROVENANCE]: metadata[PROVENANCE] }
        };
  });
}

/** Whether a notebook has cells of ours. */
export function hasGenerated(notebook: ISharedNotebook): boolean {
  return notebook.cells.some(cell => provenanceOf(cell.getMetadata()) !== null);
}

/** The state that changes were made for; they fit while it is the same. */
export function fingerprint(notebook: ISharedNotebook): string {
  return JSON.stringify(
    notebook.cells.map(cell => [cell.getId(), cell.getSource()])
  );
}

/**
 * Make the changes, so that one undo takes them all back.
 *
 * A cell that is replaced keeps its id and its other metadata, and loses its outputs. One whose source stays keeps them.
 *
 * @param kept Indices of edited cells that stay as the user has them.
 * @returns The ids of the code cells that are new or other than before.
 */
export function applyChanges(
  notebook: ISharedNotebook,
  changes: readonly RefreshChange[],
  kept: ReadonlySet<number> = new Set()
): string[] {
  const wanted = changes.filter(
    ({ index, edited }) => !(edited && kept.has(index))
  );
  const taken = new Set(notebook.cells.map(cell => cell.getId()));
  const changed: string[] = [];
  const note = (cell: SharedCell): void => {
    if (cell.cell_type === 'code') {
      changed.push(String(cell.id));
    }
  };
  // From the end, so that indices hold; behind a cell first, and then the cell itself.
  const places = [...new Set(wanted.map(({ index }) => index))].sort(
    (a, b) => b - a
  );
  stopCapturing(notebook);
  notebook.transact(() => {
    for (const place of places) {
      const here = wanted.filter(({ index }) => index === place);
      const fresh = here
        .filter(({ kind }) => kind === 'insert')
        .flatMap(({ cells }) => cells as unknown as ICell[])
        .map(cell => withFreeId(cell, taken));
      if (fresh.length > 0) {
        notebook.insertCells(place + 1, fresh);
        [...fresh].reverse().forEach(note);
      }
      for (const { kind, cells } of here) {
        if (kind === 'remove') {
          notebook.deleteCell(place);
        } else if (kind === 'mark') {
          notebook.cells[place].setMetadata(markOf(cells[0]));
        } else if (kind === 'replace') {
          const old = notebook.cells[place];
          const cell = {
            ...cells[0],
            id: old.getId(),
            metadata: { ...old.getMetadata(), ...markOf(cells[0]) }
          } as unknown as SharedCell;
          notebook.deleteCell(place);
          notebook.insertCell(place, cell);
          note(cell);
        }
      }
    }
  });
  stopCapturing(notebook);
  return changed.reverse();
}

function markOf(cell: Record<string, unknown>): Record<string, never> {
  const metadata = cell.metadata as Record<string, never>;
  return { [PROVENANCE]: metadata[PROVENANCE] };
}

function withFreeId(cell: ICell, taken: Set<string>): SharedCell {
  const wanted = String(cell.id);
  let id = wanted;
  for (let copy = 2; taken.has(id); copy++) {
    id = `${wanted.slice(0, 56)}-c${copy}`;
  }
  taken.add(id);
  return { ...cell, id } as unknown as SharedCell;
}
