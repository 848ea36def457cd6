import type { ICell } from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';
import type { RefreshChange } from '../../api/types';
import {
  applyChanges,
  cellsToSend,
  fingerprint,
  hasGenerated
} from '../../notebook/refresh';
import { differenceOf } from '../../plugins/refreshdialog';

const ours = (id: string, source: string, part = 0): ICell =>
  ({
    id,
    cell_type: 'code',
    source,
    metadata: {
      tags: ['mine'],
      jupyter_mlflow_explorer: { recipe: 'overview', part }
    },
    outputs: [{ output_type: 'stream', name: 'stdout', text: 'old' }],
    execution_count: 1
  }) as ICell;
const own = (id: string): ICell =>
  ({ id, cell_type: 'markdown', source: id, metadata: {} }) as ICell;
const change = (
  kind: RefreshChange['kind'],
  index: number,
  sources: string[] = [],
  edited = false
): RefreshChange => ({
  kind,
  index,
  edited,
  cells: sources.map((source, i) => ({
    id: `fresh-${i}`,
    cell_type: 'code',
    source,
    metadata: { jupyter_mlflow_explorer: { recipe: 'overview', part: 7 } },
    outputs: [],
    execution_count: null
  }))
});

beforeEach(() => {
  const warn = console.warn;
  jest.spyOn(console, 'warn').mockImplementation((...args: unknown[]) => {
    if (!/Invalid access|Not same Y.Doc/.test(String(args[0]))) {
      warn(...args);
    }
  });
});
afterEach(() => jest.restoreAllMocks());

function notebook(): NotebookModel {
  const model = new NotebookModel();
  model.fromJSON({
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
    cells: [
      ours('a', 'a'),
      own('thought'),
      ours('b', 'b', 1),
      ours('c', 'c', 2),
      own('end')
    ]
  });
  model.sharedModel.clearUndoHistory();
  return model;
}
const sources = (model: NotebookModel) =>
  model.sharedModel.cells.map(cell => cell.getSource());

it('sends what is ours, and of others no more than that they are there', () => {
  const { sharedModel } = notebook();
  expect(hasGenerated(sharedModel)).toBe(true);
  const sent = cellsToSend(sharedModel);
  expect(sent.map(({ source }) => source)).toEqual(['a', '', 'b', 'c', '']);
  expect(sent[1].metadata).toEqual({});
  expect(sent[2].metadata).toEqual({
    jupyter_mlflow_explorer: { recipe: 'overview', part: 1 }
  });
});

it('makes changes at their places, in one undo step', () => {
  const model = notebook();
  const before = fingerprint(model.sharedModel);
  const changed = applyChanges(model.sharedModel, [
    change('mark', 0, ['a']),
    change('replace', 2, ['B']),
    change('insert', 2, ['x', 'y']),
    change('remove', 3),
    change('insert', -1, ['top'])
  ]);
  expect(sources(model)).toEqual(['top', 'a', 'thought', 'B', 'x', 'y', 'end']);
  const ids = model.sharedModel.cells.map(cell => cell.getId());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[3]).toBe('b');
  expect(changed).toEqual([ids[0], 'b', ids[4], ids[5]]);
  const [, kept, , replaced] = model.sharedModel.toJSON().cells;
  // What only gets new metadata keeps its outputs; what is replaced keeps the metadata of others.
  expect(kept.outputs).toHaveLength(1);
  expect(kept.metadata.jupyter_mlflow_explorer).toMatchObject({ part: 7 });
  expect(replaced.outputs).toEqual([]);
  expect(replaced.metadata).toMatchObject({ tags: ['mine'] });
  model.sharedModel.undo();
  expect(fingerprint(model.sharedModel)).toBe(before);
  expect(sources(model)).toEqual(['a', 'thought', 'b', 'c', 'end']);
});

it('leaves edited cells that the user keeps', () => {
  const model = notebook();
  const changes = [
    change('replace', 0, ['A'], true),
    change('remove', 3, [], true),
    change('replace', 2, ['B'], true)
  ];
  applyChanges(model.sharedModel, changes, new Set([0, 3]));
  expect(sources(model)).toEqual(['a', 'thought', 'B', 'c', 'end']);
});

it('shows what differs, with a little around it', () => {
  const text = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const mine = [...text.slice(0, 10), 'mine', ...text.slice(11)].join('\n');
  expect(
    differenceOf(mine, text.join('\n')).map(({ kind, text }) => [kind, text])
  ).toEqual([
    ['gap', '⋯'],
    ['same', 'line 8'],
    ['same', 'line 9'],
    ['mine', 'mine'],
    ['fresh', 'line 10'],
    ['same', 'line 11'],
    ['same', 'line 12'],
    ['gap', '⋯']
  ]);
  expect(differenceOf('a', '').map(({ kind }) => kind)).toEqual([
    'mine',
    'fresh'
  ]);
});
