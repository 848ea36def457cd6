/**
 * Dragging runs and artifacts onto notebooks.
 *
 * The drag starts at once while the cells are fetched. A drop on an open notebook is taken here instead of by the
 * notebook, because only the notebook dropped on tells whether the setup cell is needed, and because the cells may
 * still be under way. Other places that take cells get them as JupyterLab's own drags give them.
 */
import type { ICell } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { MimeData } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Drag } from '@lumino/dragdrop';
import { isWritable } from './inserter';

const CELLS_MIME = 'application/vnd.jupyter.cells';
const HOVER_CLASS = 'jp-mod-dropTarget';

/** One drag: how to get its cells, and what to do with a drop on a notebook. */
export interface ICellsDrag {
  /** Text of the image under the pointer. */
  readonly label: string;
  /** The cells, setup cell first. Called once, when the drag begins. */
  fetch(): Promise<readonly ICell[]>;
  /** Insert into this notebook at this index. */
  drop(
    panel: NotebookPanel,
    index: number,
    cells: Promise<readonly ICell[]>
  ): void;
}

/** Start a drag at the pointer; resolves when it has ended. */
export async function startDrag(
  source: ICellsDrag,
  panels: () => readonly NotebookPanel[],
  clientX: number,
  clientY: number
): Promise<void> {
  const arrived: ICell[] = [];
  const cells = source.fetch();
  // Other targets read the array when the drop happens; it fills as soon as the answer is there.
  cells.then(list => arrived.push(...list)).catch(() => undefined);

  const mimeData = new MimeData();
  mimeData.setData(CELLS_MIME, arrived);
  mimeData.setData('text/plain', () =>
    arrived
      .map(cell =>
        Array.isArray(cell.source) ? cell.source.join('') : cell.source
      )
      .join('\n\n')
  );
  const drag = new Drag({
    mimeData,
    dragImage: dragImage(source.label),
    supportedActions: 'copy-move',
    proposedAction: 'copy',
    source
  });
  // Disposed below, when the drag has ended.
  // eslint-disable-next-line jupyter/require-disposable-ownership
  const target = new NotebookDrops(drag, panels, (panel, index) =>
    source.drop(panel, index, cells)
  );
  try {
    await drag.start(clientX, clientY);
  } finally {
    target.dispose();
  }
}

/** Takes the drops of one drag that fall on open notebooks, before the notebooks do. */
class NotebookDrops implements IDisposable {
  constructor(
    drag: Drag,
    panels: () => readonly NotebookPanel[],
    onDrop: (panel: NotebookPanel, index: number) => void
  ) {
    this._drag = drag;
    this._panels = panels;
    this._onDrop = onDrop;
    document.addEventListener('lm-drop', this, true);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    document.removeEventListener('lm-drop', this, true);
  }

  handleEvent(event: Event): void {
    const drop = event as Drag.Event;
    const target = event.target as HTMLElement;
    if (drop.source !== this._drag.source) {
      return;
    }
    const panel = this._panels().find(candidate =>
      candidate.content.node.contains(target)
    );
    if (!panel || !isWritable(panel)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    drop.dropAction = 'copy';
    panel.content.node
      .querySelectorAll(`.${HOVER_CLASS}`)
      .forEach(node => node.classList.remove(HOVER_CLASS));
    this._onDrop(panel, dropIndex(panel, target));
  }

  private _drag: Drag;
  private _isDisposed = false;
  private _onDrop: (panel: NotebookPanel, index: number) => void;
  private _panels: () => readonly NotebookPanel[];
}

/** The index of the cell under the pointer, before which cells go; the end where there is none. */
function dropIndex(panel: NotebookPanel, target: HTMLElement): number {
  const at = panel.content.widgets.findIndex(cell =>
    cell.node.contains(target)
  );
  return at < 0 ? panel.content.widgets.length : at;
}

function dragImage(label: string): HTMLElement {
  const node = document.createElement('div');
  node.className = 'jp-MlflowDrag';
  node.textContent = label;
  return node;
}
