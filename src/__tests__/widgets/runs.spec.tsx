import { nullTranslator } from '@jupyterlab/translation';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect, useReducer } from 'react';
import { RunsState } from '../../state/runs';
import { Runs, type IRunsActions } from '../../widgets/runs';
import { FakeClient, manyRuns, settle } from '../fakeclient';
import { giveSizes } from './dom';

const trans = nullTranslator.load('jupyter_mlflow_explorer');
beforeAll(() => giveSizes());

function View(props: { runs: RunsState; actions: IRunsActions }): JSX.Element {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const slot = () => redraw();
    props.runs.stateChanged.connect(slot);
    return () => void props.runs.stateChanged.disconnect(slot);
  }, [props.runs]);
  return <Runs {...props} hasChoice={() => true} trans={trans} />;
}

async function show(client: FakeClient, experiments = ['1']) {
  const runs = new RunsState({ client });
  await runs.open('main', experiments);
  await settle();
  const actions = {
    insertSummary: jest.fn(),
    insertComparison: jest.fn(),
    insertMetricComparison: jest.fn(),
    newNotebook: jest.fn(),
    showDetails: jest.fn(),
    insertDefault: jest.fn(),
    drag: jest.fn(),
    openMenu: jest.fn()
  };
  render(<View runs={runs} actions={actions} />);
  const user = userEvent.setup();
  const tree = () => screen.getByRole('tree', { name: 'Runs' });
  const row = (name: RegExp | string) =>
    screen.getByRole('treeitem', { name: new RegExp(name) });
  return { runs, actions, user, tree, row };
}

it('asks to choose an experiment', async () => {
  await show(new FakeClient(), []);
  expect(
    screen.getByText('Choose an experiment to see its runs.')
  ).toBeTruthy();
});

it('names rows by status, name and metric, and non-finite values as such', async () => {
  const client = new FakeClient();
  client.knownColumns = { params: [], metrics: ['m'], tags: [] };
  client.runs = [
    { id: 'a', name: 'good', metrics: { m: 0.25 } },
    { id: 'b', name: 'bad', status: 'FAILED', metrics: { m: 'NaN' } },
    { id: 'c', name: 'odd', status: 'RUNNING', metrics: { m: '-Infinity' } }
  ];
  const { row } = await show(client);
  expect(row('Finished good').textContent).toContain('0.25');
  expect(row('Failed bad').textContent).toContain('NaN');
  expect(row('Running odd').textContent).toContain('-∞');
});

it('draws hostile names as text', async () => {
  const client = new FakeClient();
  const name = '</script><img src=x onerror=alert(1)>\n"quoted" {b} `t` 😀';
  client.runs = [{ id: 'a', name }];
  const { tree, row } = await show(client);
  expect(tree().querySelector('img, script')).toBeNull();
  expect(row('onerror').textContent).toContain(
    '</script><img src=x onerror=alert(1)> "quoted" {b} `t` 😀'
  );
});

it('chooses by click, ctrl and shift, and offers what fits the number', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(6);
  const { actions, user, row, runs } = await show(client);
  await user.click(row('r1'));
  expect(row('r1').getAttribute('aria-selected')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Insert summary' }));
  expect(actions.insertSummary).toHaveBeenCalledTimes(1);

  await user.keyboard('{Control>}');
  await user.click(row('r3'));
  await user.keyboard('{/Control}');
  expect(screen.getByText('2 runs selected')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Insert comparison' }));
  await user.click(screen.getByRole('button', { name: 'Compare metrics' }));
  expect(actions.insertComparison).toHaveBeenCalledTimes(1);
  expect(actions.insertMetricComparison).toHaveBeenCalledTimes(1);

  await user.keyboard('{Shift>}');
  await user.click(row('r5'));
  await user.keyboard('{/Shift}');
  expect(runs.selectedIds).toEqual(['r3', 'r4', 'r5']);
  await user.click(screen.getByRole('button', { name: 'Clear selection' }));
  expect(runs.selection.size).toBe(0);
});

it('works by keyboard alone', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(30);
  const { actions, user, tree, runs } = await show(client);
  act(() => tree().focus());
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(runs.selectedIds).toEqual(['r1']);
  const active = tree().getAttribute('aria-activedescendant');
  expect(document.getElementById(active ?? '')?.textContent).toContain('r1');
  await user.keyboard('{Shift>}{ArrowDown}{ArrowDown}{/Shift}');
  expect(runs.selectedIds).toEqual(['r1', 'r2', 'r3']);
  await user.keyboard('{Control>}{ArrowDown}{/Control} ');
  expect(runs.selectedIds).toEqual(['r1', 'r2', 'r3', 'r4']);
  await user.keyboard('{Enter}');
  expect(actions.showDetails).toHaveBeenCalledWith('r4');
  await user.keyboard('{End}');
  await act(settle);
  expect(runs.selectedIds).toEqual(['r29']);
  await user.keyboard('{Home}');
  expect(runs.selectedIds).toEqual(['r0']);
  await user.keyboard('{Control>}a{/Control}');
  expect(runs.selection.size).toBe(30);
  await user.keyboard('{Escape}');
  expect(runs.selection.size).toBe(0);
});

it('opens and closes children by arrow keys', async () => {
  const client = new FakeClient();
  client.runs = [{ id: 'child', parent: 'top' }, { id: 'top' }];
  const { user, tree, row } = await show(client);
  expect(row('top').getAttribute('aria-expanded')).toBe('false');
  act(() => tree().focus());
  await user.keyboard('{ArrowDown}{ArrowRight}');
  expect(row('top').getAttribute('aria-expanded')).toBe('true');
  expect(row('child').getAttribute('aria-level')).toBe('2');
  await user.keyboard('{ArrowRight}{ArrowLeft}{ArrowLeft}');
  expect(screen.queryByRole('treeitem', { name: /child$/ })).toBeNull();
});

it('draws few rows of many, and says how many there are', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(10_000);
  const { row } = await show(client);
  expect(screen.getAllByRole('treeitem').length).toBeLessThan(60);
  expect(row(/r0\b/).getAttribute('aria-setsize')).toBe('10000');
  expect(screen.getByText('Showing 100 of 10,000')).toBeTruthy();
});

it('says what failed and tries again', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(1);
  client.failNext('table', new Error('the server is down'));
  const { user, row } = await show(client);
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toContain('the server is down');
  await user.click(within(alert).getByRole('button', { name: 'Try again' }));
  await act(settle);
  expect(row('r0')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says that no run matches and takes the search back', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(1);
  const { user, runs, row } = await show(client);
  await act(async () => {
    runs.setQuery('nothing');
    await settle();
  });
  expect(screen.getByText('No run matches.')).toBeTruthy();
  await user.click(
    screen.getAllByRole('button', { name: 'Clear search' }).pop()!
  );
  await act(settle);
  expect(row('r0')).toBeTruthy();
});

it('opens its menus at their buttons', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(1);
  const { actions, user } = await show(client);
  for (const [name, menu] of [
    [/^Order: Newest first/, 'order'],
    [/^Metric: none/, 'metric'],
    [/^Shown: Active/, 'view']
  ] as const) {
    const button = screen.getByRole('button', { name });
    await user.click(button);
    expect(actions.openMenu).toHaveBeenLastCalledWith(menu, button);
  }
});

it('inserts on a double-click and drags the whole selection', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(4);
  const { actions, user, row, runs } = await show(client);
  await user.dblClick(row('r2'));
  expect(actions.insertDefault).toHaveBeenCalledWith('r2');
  act(() => runs.setSelected(['r1', 'r2']));
  await user.pointer([
    { keys: '[MouseLeft>]', target: row('r1'), coords: { x: 10, y: 10 } },
    { target: row('r2'), coords: { x: 40, y: 40 } },
    { keys: '[/MouseLeft]' }
  ]);
  expect(actions.drag).toHaveBeenCalledWith(['r1', 'r2'], 40, 40);
});

it('says which runs are damaged, and why', async () => {
  const client = new FakeClient();
  client.runs = [
    { id: 'a', name: 'whole' },
    { id: 'b', name: '', problem: 'meta.yaml is empty' }
  ];
  const { row } = await show(client);
  expect(row('b').textContent).toContain('damaged');
  expect(row('b').title).toContain('meta.yaml is empty');
  expect(row('whole').textContent).not.toContain('damaged');
});
