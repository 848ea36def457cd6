import type { ICell } from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';
import { insertCells, removeCells } from '../../notebook/inserter';
import { needsSetup, provenanceOf } from '../../notebook/provenance';

const code = (id: string, source = id, metadata = {}): ICell =>
  ({
    id,
    cell_type: 'code',
    source,
    metadata,
    outputs: [],
    execution_count: null
  }) as ICell;
const setup = (connection: string): ICell =>
  code('setup', `# ${connection}`, {
    jupyter_mlflow_explorer: { recipe: 'setup', version: 1, connection }
  });

// @jupyter/ydoc fills new cells before they join the document, at which Yjs complains dozens of times.
beforeEach(() => {
  const warn = console.warn;
  jest.spyOn(console, 'warn').mockImplementation((...args: unknown[]) => {
    if (!/Invalid access|Not same Y.Doc/.test(String(args[0]))) {
      warn(...args);
    }
  });
});
afterEach(() => jest.restoreAllMocks());

function notebook(...sources: string[]): NotebookModel {
  const model = new NotebookModel();
  model.fromJSON({
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
    cells: sources.map((source, i) => code(`c${i}`, source))
  });
  model.sharedModel.clearUndoHistory();
  return model;
}
const sources = (model: NotebookModel) =>
  model.sharedModel.cells.map(cell => cell.getSource());

it('inserts in order between cells and touches none of them', () => {
  const model = notebook('a', 'b');
  const inserted = insertCells(
    model.sharedModel,
    1,
    [setup('main'), code('x'), code('y')],
    'main'
  );
  expect(inserted).toEqual({ index: 1, count: 3, ids: ['setup', 'x', 'y'] });
  expect(sources(model)).toEqual(['a', '# main', 'x', 'y', 'b']);
});

it('is undone in one step, and redone in one', () => {
  const model = notebook('a');
  insertCells(model.sharedModel, 1, [code('x'), code('y'), code('z')], 'main');
  model.sharedModel.undo();
  expect(sources(model)).toEqual(['a']);
  model.sharedModel.redo();
  expect(sources(model)).toEqual(['a', 'x', 'y', 'z']);
});

it('leaves what was typed just before, and an earlier insertion, to their own undo', () => {
  const model = notebook('a');
  model.sharedModel.insertCell(1, { cell_type: 'code', source: 'typed' });
  insertCells(model.sharedModel, 2, [code('x')], 'main');
  insertCells(model.sharedModel, 3, [code('y')], 'main');
  model.sharedModel.undo();
  expect(sources(model)).toEqual(['a', 'typed', 'x']);
  model.sharedModel.undo();
  expect(sources(model)).toEqual(['a', 'typed']);
  model.sharedModel.undo();
  expect(sources(model)).toEqual(['a']);
});

it('leaves the setup cell out where the notebook has it above', () => {
  const model = notebook('a');
  insertCells(model.sharedModel, 1, [setup('main'), code('x')], 'main');
  insertCells(model.sharedModel, 3, [setup('main'), code('y')], 'main');
  expect(sources(model)).toEqual(['a', '# main', 'x', 'y']);
});

it('adds the setup cell above an existing one, and for another connection', () => {
  const model = notebook('a');
  insertCells(model.sharedModel, 1, [setup('main'), code('x')], 'main');
  insertCells(model.sharedModel, 0, [setup('main'), code('top')], 'main');
  insertCells(model.sharedModel, 5, [setup('other'), code('y')], 'other');
  insertCells(model.sharedModel, 7, [setup('main'), code('z')], 'main');
  expect(sources(model)).toEqual([
    '# main',
    'top',
    'a',
    '# main',
    'x',
    '# other',
    'y',
    '# main',
    'z'
  ]);
});

it('gives a new id to a cell whose id is taken', () => {
  const model = notebook('a');
  insertCells(model.sharedModel, 1, [code('same')], 'main');
  insertCells(model.sharedModel, 2, [code('same'), code('same')], 'main');
  const ids = model.sharedModel.cells.map(cell => cell.getId());
  expect(new Set(ids).size).toBe(4);
  expect(ids[1]).toBe('same');
});

it('keeps metadata', () => {
  const model = notebook();
  insertCells(model.sharedModel, 0, [setup('main')], 'main');
  expect(provenanceOf(model.sharedModel.cells[0].getMetadata())).toMatchObject({
    recipe: 'setup',
    connection: 'main'
  });
});

it('takes out what it inserted and leaves what was done since', () => {
  const model = notebook('a');
  const { ids } = insertCells(
    model.sharedModel,
    1,
    [code('x'), code('y')],
    'main'
  );
  model.sharedModel.insertCell(2, { cell_type: 'code', source: 'mine' });
  removeCells(model.sharedModel, ids);
  expect(sources(model)).toEqual(['a', 'mine']);
  model.sharedModel.undo();
  expect(sources(model)).toEqual(['a', 'x', 'mine', 'y']);
});

it('does nothing, and adds no undo step, without cells', () => {
  const model = notebook('a');
  expect(insertCells(model.sharedModel, 1, [], 'main').count).toBe(0);
  expect(model.sharedModel.canUndo()).toBe(false);
});

it('looks for the setup cell above the place only', () => {
  const model = notebook('a');
  insertCells(model.sharedModel, 1, [setup('main')], 'main');
  expect(needsSetup(model.sharedModel, 1, 'main')).toBe(true);
  expect(needsSetup(model.sharedModel, 2, 'main')).toBe(false);
  expect(needsSetup(model.sharedModel, 99, 'main')).toBe(false);
  expect(needsSetup(model.sharedModel, 2, 'other')).toBe(true);
});

it.each([
  null,
  undefined,
  'text',
  {},
  { jupyter_mlflow_explorer: null },
  { jupyter_mlflow_explorer: 'setup' },
  { jupyter_mlflow_explorer: { recipe: 3 } }
])('takes no foreign metadata for ours: %j', metadata => {
  expect(provenanceOf(metadata)).toBeNull();
});
