import { arrange } from '../../state/nesting';
import type { IRunRow } from '../../state/table';

const row = (runId: string, parentRunId: string | null = null): IRunRow => ({
  runId,
  name: runId,
  status: 'FINISHED',
  startTimeMs: null,
  endTimeMs: null,
  isDeleted: false,
  problem: null,
  experimentId: '1',
  parentRunId,
  metric: null
});
const ids = (rows: IRunRow[], open: string[] = [], nested = true) =>
  arrange(rows, nested, new Set(open), rows.length).map(
    line => `${'.'.repeat(line.depth)}${line.row.runId}`
  );

it('nests to any depth', () => {
  const rows = [row('c', 'b'), row('b', 'a'), row('a')];
  expect(ids(rows)).toEqual(['a']);
  expect(ids(rows, ['a', 'b'])).toEqual(['a', '.b', '..c']);
});

it('keeps a child whose parent is not loaded at the top', () => {
  const [line] = arrange([row('c', 'gone')], true, new Set(), 1);
  expect([line.depth, line.isOrphan]).toEqual([0, true]);
});

it('shows every run of a cycle', () => {
  expect(ids([row('a', 'b'), row('b', 'a'), row('s', 's')])).toEqual([
    'a',
    'b',
    's'
  ]);
});

it('numbers siblings and counts them when all are there', () => {
  const rows = [row('c', 'p'), row('p'), row('x')];
  const lines = arrange(rows, true, new Set(['p']), 3);
  expect(
    lines.map(line => [line.row.runId, line.position, line.siblings])
  ).toEqual([
    ['p', 1, 2],
    ['c', 1, 1],
    ['x', 2, 2]
  ]);
  expect(arrange(rows, true, new Set(), null)[0].siblings).toBeNull();
});
