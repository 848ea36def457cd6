import { RunsState } from '../../state/runs';
import { RunTableState } from '../../state/runtable';
import { EMPTY_LAYOUT, type ITableLayout } from '../../state/tablelayout';
import { FakeClient, manyRuns, settle, type IFakeRun } from '../fakeclient';

const M = 'metrics.m';
const L = 'metrics.loss';
const P = 'params.p';

function scored(count: number): IFakeRun[] {
  return manyRuns(count).map((run, i) => ({
    ...run,
    metrics: { m: i, loss: count - i },
    params: { p: 'same', q: String(i) }
  }));
}

async function make(
  client: FakeClient,
  options: Partial<RunTableState.IOptions> = {},
  shown: { connection: string; experiments: string[] } | null = {
    connection: 'main',
    experiments: ['1']
  }
) {
  client.knownColumns = {
    params: ['p', 'q'],
    metrics: ['m', 'loss'],
    tags: []
  };
  const panel = new RunsState({ client });
  if (shown) {
    await panel.open(shown.connection, shown.experiments);
  }
  const layouts: ITableLayout[] = [];
  const table = new RunTableState({
    client,
    connection: 'main',
    experimentIds: ['1'],
    panel,
    onLayout: layout => layouts.push(layout),
    ...options
  });
  client.tableQueries.length = 0;
  await table.load();
  await settle();
  return { table, panel, layouts };
}

it('loads rows page by page, and values of the columns in view only', async () => {
  const client = new FakeClient();
  client.runs = scored(3000);
  const { table } = await make(client);
  expect(table.rows).toHaveLength(100);
  expect(table.rowCount).toBe(3000);

  table.look(0, 30, [M]);
  await settle();
  expect(table.cell(table.rows[30], M)).toBe(30);
  expect(table.cell(table.rows[0], P)).toBeUndefined();
  expect(client.tableQueries.pop()?.columns).toEqual([M]);

  // Further pages bring what is in view at once.
  table.look(90, 130, [M]);
  await settle();
  expect(table.rows).toHaveLength(1100);
  expect(table.cell(table.rows[1000], M)).toBe(1000);
  const page = client.tableQueries.pop();
  expect(page?.limit).toBe(1000);
  expect(page?.columns).toContain(M);
  expect(page?.columns).not.toContain(P);

  const asked = client.tableQueries.length;
  table.look(95, 125, [M]);
  await settle();
  expect(client.tableQueries).toHaveLength(asked);
});

it('asks for few values at a time and drops what is no longer looked at', async () => {
  const client = new FakeClient();
  client.runs = scored(1000);
  const { table } = await make(client);
  table.look(0, 100, []);
  await settle();
  client.tableQueries.length = 0;
  const gates = [1, 2, 3].map(() => client.holdNext('table'));
  table.look(0, 999, [M]);
  expect(client.tableQueries).toHaveLength(3);
  table.look(0, 50, [M]);
  gates.forEach(gate => gate.open());
  await settle();
  expect(client.tableQueries).toHaveLength(3);
});

it('keeps values over another order, and forgets them on reload', async () => {
  const client = new FakeClient();
  client.runs = scored(50);
  const { table, layouts } = await make(client);
  table.look(0, 20, [M, P]);
  await settle();
  table.sortBy(L);
  expect(layouts[0].order).toBe('metrics.loss ASC');
  await settle();
  expect(client.tableQueries.pop()?.orderBy).toEqual(['metrics.loss ASC']);
  const asked = client.tableQueries.length;
  table.look(0, 20, [M, P]);
  expect(client.tableQueries).toHaveLength(asked);

  client.runs[0].metrics = { m: 77 };
  await table.reload();
  table.look(0, 20, [M]);
  await settle();
  expect(table.cell(table.rows[0], M)).toBe(77);
});

it('marks the best value of a metric by its direction', async () => {
  const client = new FakeClient();
  client.runs = scored(4);
  client.runs[3].metrics = { m: 'Infinity', loss: 'NaN' };
  const { table } = await make(client);
  table.look(0, 3, [M, L]);
  await settle();
  const best = (column: string): string[] =>
    table.rows.filter(row => table.isBest(row, column)).map(row => row.runId);
  expect(best(M)).toEqual(['r2']);
  expect(best(L)).toEqual(['r2']);
  table.columns.setDirection(M, 'lower');
  expect(best(M)).toEqual(['r0']);
  expect(best(P)).toEqual([]);
});

it('hides columns that are empty or equal in the loaded runs', async () => {
  const client = new FakeClient();
  client.runs = scored(5).map(run => ({ ...run, metrics: { m: 1 } }));
  const columns = [M, L, P, 'params.q', 'attributes.start_time'];
  const { table } = await make(client, {
    layout: { ...EMPTY_LAYOUT, columns }
  });
  expect(table.columns.shown).toEqual(columns);
  table.columns.set({ hideEmpty: true });
  // Nothing is hidden before it is known.
  expect(table.columns.hiddenCount).toBe(0);
  await settle();
  expect(table.columns.shown).toEqual(columns.filter(column => column !== L));
  table.columns.set({ onlyDiffering: true });
  await settle();
  expect(table.columns.shown).toEqual(['params.q', 'attributes.start_time']);
  expect(table.columns.hiddenCount).toBe(3);
  expect(table.judged).toBe(5);
});

it('shows all columns of a single run, which differs from nothing', async () => {
  const client = new FakeClient();
  client.runs = scored(1);
  const { table } = await make(client, {
    layout: { ...EMPTY_LAYOUT, columns: [M, P], onlyDiffering: true }
  });
  await settle();
  expect(table.columns.shown).toEqual([M, P]);
});

it('chooses, moves, pins and resizes columns, and tells each layout', async () => {
  const client = new FakeClient();
  client.runs = scored(2);
  const { table, layouts } = await make(client, {
    layout: { ...EMPTY_LAYOUT, columns: [M, L, P] }
  });
  table.columns.setPinned(P, true);
  expect(table.columns.shown).toEqual([P, M, L]);
  expect(table.columns.pinnedCount).toBe(1);
  table.columns.move(L, M);
  expect(table.columns.shown).toEqual([P, L, M]);
  expect(table.columns.shift(L, -1)).toBe(false);
  table.setActive(-1, 2);
  table.shiftActive(1);
  expect(table.columns.shown).toEqual([P, M, L]);
  expect(table.activeColumn).toBe(3);
  // Dropping beside a pinned column pins.
  table.columns.move(L, P);
  expect(table.columns.pinnedCount).toBe(2);
  table.columns.setShown(M, false);
  table.columns.setShown('params.q', true);
  expect(table.columns.shown).toEqual([L, P, 'params.q']);
  table.columns.resize(L, 200);
  expect(layouts.pop()?.widths).toEqual({ [L]: 200 });
});

it('shares search and selection with the panel in both directions', async () => {
  const client = new FakeClient();
  client.runs = scored(20);
  const { table, panel } = await make(client);
  table.tick('r3');
  table.tick('r6', 'extend');
  expect(panel.selectedIds).toEqual(['r3', 'r4', 'r5', 'r6']);
  panel.select('r9');
  expect(table.selectedIds).toEqual(['r9']);
  table.tickAll(true);
  expect(panel.selection.size).toBe(20);
  table.tickAll(false);
  expect(panel.selection.size).toBe(0);

  table.setQuery('r1');
  expect(panel.query).toBe('r1');
  panel.setQuery('r2');
  await settle();
  expect(table.query).toBe('r2');
  expect(table.ids).toEqual(['r2']);
});

it('keeps its own search beside other experiments, and its own selection beside another store', async () => {
  const client = new FakeClient();
  client.runs = scored(5);
  const { table, panel } = await make(
    client,
    {},
    {
      connection: 'main',
      experiments: ['2']
    }
  );
  table.setQuery('r1');
  expect(panel.query).toBe('');
  table.tick('r1');
  expect(panel.selectedIds).toEqual(['r1']);
  await panel.open('other', ['1']);
  expect(table.selectedIds).toEqual([]);
  table.tick('r1');
  expect(panel.selection.size).toBe(0);
  expect(table.selectedIds).toEqual(['r1']);
});

it('says what failed, asks for nothing more, and tries again', async () => {
  const client = new FakeClient();
  client.runs = scored(5);
  const { table } = await make(client);
  client.failNext('table', new Error('down'));
  table.look(0, 4, [M]);
  await settle();
  expect(table.failure?.message).toContain('down');
  await table.retry();
  await settle();
  expect(table.failure).toBeNull();
  expect(table.cell(table.rows[0], M)).toBe(0);
});

it('has all values of the ticked rows, or of all loaded ones, before copying', async () => {
  const client = new FakeClient();
  client.runs = scored(230);
  const { table } = await make(client, {
    layout: { ...EMPTY_LAYOUT, columns: [M, P] }
  });
  table.tick('r7');
  expect((await table.complete()).map(row => row.runId)).toEqual(['r7']);
  expect(table.cell(table.rows[7], P)).toBe('same');
  expect(table.cell(table.rows[8], P)).toBeUndefined();
  table.tickAll(false);
  await table.goToEnd();
  expect(table.activeRow).toBe(229);
  const rows = await table.complete();
  expect(rows).toHaveLength(230);
  expect(rows.map(row => table.cell(row, M))).not.toContain(undefined);
});

it('takes runs deleted meanwhile for ones without values', async () => {
  const client = new FakeClient();
  client.runs = scored(3);
  const { table } = await make(client);
  client.runs = client.runs.slice(1);
  table.look(0, 2, [M]);
  await settle();
  expect(table.cell(table.rows[0], M)).toBeNull();
});
