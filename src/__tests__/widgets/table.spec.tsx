import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect, useReducer } from 'react';
import { RunsState } from '../../state/runs';
import { RunTableState } from '../../state/runtable';
import { EMPTY_LAYOUT, type ITableLayout } from '../../state/tablelayout';
import { RunTable, type ITableActions } from '../../widgets/table';
import { textTable } from '../../widgets/tablecells';
import { FakeClient, manyRuns, settle } from '../fakeclient';
import { giveSizes } from './dom';

const trans = nullTranslator.load('jupyter_mlflow_explorer');
beforeAll(() => giveSizes(400, 1000));

function View(props: {
  table: RunTableState;
  actions: ITableActions;
}): JSX.Element {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const slot = () => redraw();
    props.table.stateChanged.connect(slot);
    return () => void props.table.stateChanged.disconnect(slot);
  }, [props.table]);
  return <RunTable {...props} trans={trans} />;
}

async function show(client: FakeClient, layout: Partial<ITableLayout> = {}) {
  const panel = new RunsState({ client });
  await panel.open('main', ['1']);
  const table = new RunTableState({
    client,
    connection: 'main',
    experimentIds: ['1'],
    panel,
    layout: { ...EMPTY_LAYOUT, ...layout }
  });
  await table.load();
  await settle();
  const actions = {
    showDetails: jest.fn(),
    insertSummary: jest.fn(),
    insertComparison: jest.fn(),
    insertSearch: jest.fn(),
    newNotebook: jest.fn(),
    exportReport: jest.fn(),
    openHeaderMenu: jest.fn(),
    openMenu: jest.fn(),
    copyText: jest.fn()
  };
  render(<View table={table} actions={actions} />);
  await act(settle);
  const user = userEvent.setup();
  const grid = () => screen.getByRole('treegrid', { name: 'Runs' });
  const row = (name: RegExp | string) =>
    screen.getByRole('row', { name: new RegExp(name) });
  const header = (name: RegExp | string) =>
    screen.getByRole('columnheader', { name: new RegExp(name) });
  return { table, panel, actions, user, grid, row, header };
}

function scored(count: number): FakeClient {
  const client = new FakeClient();
  client.knownColumns = { params: ['p'], metrics: ['m', 'loss'], tags: [] };
  client.runs = manyRuns(count).map((run, i) => ({
    ...run,
    metrics: { m: i + 0.123456789, loss: i },
    params: { p: `value ${i}` }
  }));
  return client;
}

it('is a treegrid with positions, and draws few of many rows and columns', async () => {
  const client = scored(5000);
  client.knownColumns = {
    params: Array.from({ length: 500 }, (_, i) => `p${i}`),
    metrics: [],
    tags: []
  };
  const columns = client.knownColumns.params.map(key => `params.${key}`);
  const { grid } = await show(client, { columns });
  expect(grid().getAttribute('aria-rowcount')).toBe('5001');
  expect(grid().getAttribute('aria-colcount')).toBe('501');
  const rows = within(grid()).getAllByRole('row');
  expect(rows.length).toBeLessThan(40);
  expect(rows[0].getAttribute('aria-rowindex')).toBe('1');
  expect(rows[1].getAttribute('aria-rowindex')).toBe('2');
  const cells = within(rows[1]).getAllByRole('gridcell');
  expect(cells.length).toBeLessThan(15);
  expect(cells[0].getAttribute('aria-colindex')).toBe('2');
  expect(grid().querySelectorAll('*').length).toBeLessThan(1500);
  expect(client.tableQueries.every(query => query.columns.length < 30)).toBe(
    true
  );
});

it('shows short numbers with the whole value as title, and marks the best', async () => {
  const { row } = await show(scored(3));
  const cell = within(row('r2')).getByText(/2\.1235/);
  expect(cell.getAttribute('title')).toBe('2.123456789');
  expect(cell.textContent).toContain('(best)');
  // A loss is better when lower.
  expect(within(row('r0')).getByText('0').textContent).toContain('(best)');
});

it('draws hostile text as text', async () => {
  const client = scored(1);
  client.runs[0].name = '<img src=x onerror=alert(1)>\nsecond line';
  client.runs[0].params = { p: '</div><script>alert(2)</script>' };
  const { grid } = await show(client);
  expect(grid().querySelector('img, script')).toBeNull();
  expect(grid().textContent).toContain('<img src=x onerror=alert(1)> second');
});

it('sorts by clicks on a header in three states', async () => {
  const { table, user, header } = await show(scored(5));
  const clicks: (string | null)[] = [];
  for (let i = 0; i < 3; i++) {
    await user.click(header(/m$/));
    await act(settle);
    clicks.push(header(/m$/).getAttribute('aria-sort'));
  }
  expect(clicks).toEqual(['descending', 'ascending', 'none']);
  expect(table.columns.layout.order).toBe('');
  expect(header('Duration').getAttribute('aria-sort')).toBeNull();
});

it('works by keyboard with one tab stop', async () => {
  const { table, actions, user, grid, panel } = await show(scored(50));
  act(() => grid().focus());
  await user.keyboard('{ArrowDown}{ArrowRight}');
  const active = () =>
    document.getElementById(grid().getAttribute('aria-activedescendant') ?? '');
  expect(active()?.getAttribute('aria-colindex')).toBe('2');
  expect(active()?.closest('[role="row"]')?.getAttribute('aria-rowindex')).toBe(
    '3'
  );
  await user.keyboard(' ');
  expect(panel.selectedIds).toEqual(['r1']);
  await user.keyboard('{ArrowDown}{ArrowDown}{Shift>} {/Shift}');
  expect(panel.selectedIds).toEqual(['r1', 'r2', 'r3']);
  await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
  expect(panel.selectedIds).toEqual(['r1', 'r2', 'r3', 'r4']);
  await user.keyboard('{Enter}');
  expect(actions.showDetails).toHaveBeenCalledWith('r4');
  await user.keyboard('{End}');
  expect(active()?.getAttribute('aria-colindex')).toBe('6');
  await user.keyboard('{Control>}c{/Control}');
  expect(actions.copyText).toHaveBeenCalledWith('value 4');
  await user.keyboard('{Control>}{End}{/Control}');
  await act(settle);
  expect(table.activeRow).toBe(49);
  await user.keyboard('{Control>}a{/Control}');
  expect(table.selection.size).toBe(50);
  await user.keyboard('{Escape}');
  expect(table.selection.size).toBe(0);

  await user.keyboard('{Control>}{Home}{/Control}{ArrowUp}');
  expect(active()?.getAttribute('role')).toBe('columnheader');
  await user.keyboard('{Enter}');
  expect(table.columns.layout.order).toBe('params.p ASC');
  await user.keyboard('{Shift>}{ArrowRight}{/Shift}');
  expect(table.columns.layout.widths['params.p']).toBe(146);
  await user.keyboard('{Control>}{Shift>}{ArrowLeft}{/Shift}{/Control}');
  expect(table.columns.shown.slice(-2)).toEqual(['params.p', 'metrics.m']);
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(actions.openHeaderMenu).toHaveBeenCalledWith('params.p', 0, 0);
  expect(
    grid().querySelectorAll('[tabindex="0"], button, a, input:not([tabindex])')
  ).toHaveLength(0);
});

it('ticks by boxes, ranges by shift, and all', async () => {
  const { panel, actions, user, row } = await show(scored(10));
  const box = (name: string) => within(row(name)).getByRole('checkbox');
  await user.click(box('r2'));
  await user.keyboard('{Shift>}');
  await user.click(box('r5'));
  await user.keyboard('{/Shift}');
  expect(panel.selectedIds).toEqual(['r2', 'r3', 'r4', 'r5']);
  expect(row('r3').getAttribute('aria-selected')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Insert comparison' }));
  expect(actions.insertComparison).toHaveBeenCalledTimes(1);
  act(() => panel.setSelected(['r7']));
  expect((box('r7') as HTMLInputElement).checked).toBe(true);
  expect((box('r2') as HTMLInputElement).checked).toBe(false);
  const all = screen.getByRole('checkbox', { name: /^Select all/ });
  await user.click(all);
  expect(panel.selection.size).toBe(10);
  await user.click(all);
  expect(panel.selection.size).toBe(0);
});

it('resizes and moves columns by the mouse', async () => {
  const { table, header } = await show(scored(2));
  const resizer = header(/m$/).querySelector('.jp-MlflowTable-resizer')!;
  fireEvent.mouseDown(resizer, { clientX: 100, button: 0 });
  fireEvent.mouseMove(document, { clientX: 150 });
  fireEvent.mouseUp(document);
  expect(table.columns.layout.widths['metrics.m']).toBe(154);

  const target = header('loss');
  document.elementFromPoint = () => target;
  fireEvent.mouseDown(header(/m$/), { clientX: 100, button: 0 });
  fireEvent.mouseMove(document, { clientX: 200 });
  fireEvent.mouseUp(document);
  expect(table.columns.shown.slice(2, 4)).toEqual([
    'metrics.m',
    'metrics.loss'
  ]);
  // Neither was a click.
  expect(table.columns.layout.order).toBe('');
});

it('chooses columns by search, without loading data', async () => {
  const client = scored(3);
  client.knownColumns.tags = ['team', 'stage'];
  const { table, user } = await show(client);
  const asked = client.tableQueries.length;
  await user.click(screen.getByRole('button', { name: 'Columns' }));
  const dialog = screen.getByRole('dialog', { name: 'Columns' });
  expect(document.activeElement?.getAttribute('aria-label')).toBe(
    'Search columns'
  );
  await user.keyboard('team');
  const options = within(dialog).getAllByRole('option');
  expect(options).toHaveLength(1);
  expect(client.tableQueries).toHaveLength(asked);
  await user.click(options[0]);
  await act(settle);
  expect(table.columns.shown).toContain('tags.team');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('hides equal columns and says by how many runs that is judged', async () => {
  const client = scored(4);
  client.runs.forEach(run => (run.params = { p: 'same' }));
  const { user, table } = await show(client);
  const button = screen.getByRole('button', { name: 'Only differing' });
  await user.click(button);
  await act(settle);
  expect(button.getAttribute('aria-pressed')).toBe('true');
  expect(table.columns.shown).not.toContain('params.p');
  expect(
    screen.getByText('1 column hidden, judged by 4 loaded runs')
  ).toBeTruthy();
});

it('shows a wrong filter at the search box, and other failures with a retry', async () => {
  const client = scored(2);
  const { table, user, grid } = await show(client);
  client.failNext('table', new Error('down'));
  await act(async () => {
    table.setQuery('r1');
    await settle();
  });
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toContain('down');
  await user.click(within(alert).getByRole('button', { name: 'Try again' }));
  await act(settle);
  expect(grid()).toBeTruthy();
  expect(screen.getByText('1 of 1 runs')).toBeTruthy();
});

it('says that there is nothing', async () => {
  const { table, user } = await show(scored(0));
  expect(screen.getByText('No runs yet.')).toBeTruthy();
  await act(async () => {
    table.setQuery('x');
    await settle();
  });
  await user.click(
    screen.getAllByRole('button', { name: 'Clear search' }).pop()!
  );
  expect(table.query).toBe('');
});

it('copies exact values: numbers in full, times in UTC, durations in seconds', async () => {
  const { table } = await show(scored(2), {
    columns: ['attributes.start_time', 'metrics.m', 'params.p']
  });
  const text = textTable(table, await table.complete(), trans);
  expect(text.header).toEqual(['Run', 'Status', 'Started', 'm', 'p']);
  expect(text.rows[1]).toEqual([
    'r1',
    'FINISHED',
    '1970-01-01T00:00:00.001Z',
    '1.123456789',
    'value 1'
  ]);
});
