import { ExplorerState } from '../../state/explorer';
import { connection, FakeClient, manyRuns, settle } from '../fakeclient';

jest.useFakeTimers();

async function started(
  client: FakeClient,
  saved: Partial<ExplorerState.ISaved> = {}
): Promise<ExplorerState> {
  const state = new ExplorerState({ client, refreshIntervalMs: 0 });
  state.restore(saved);
  await state.start();
  await settle();
  return state;
}

it('loads nothing before somebody looks', async () => {
  const client = new FakeClient();
  const state = new ExplorerState({ client });
  await settle();
  expect(client.asked).toEqual([]);
  state.isActive = true;
  await settle();
  expect(client.asked).toContain('connections');
  state.dispose();
});

it('opens the default connection and its only experiment', async () => {
  const client = new FakeClient();
  client.connectionList = [connection('other'), connection('main', true)];
  client.experimentNames = { '0': 'Default', '7': 'mine' };
  client.runs = manyRuns(2);
  const state = await started(client);
  expect(state.connections.currentId).toBe('main');
  expect(state.experiments.selectedIds).toEqual(['7']);
  expect(state.runs.loaded).toBe(2);
});

it('chooses no experiment where there are several', async () => {
  const client = new FakeClient();
  client.experimentNames = { '1': 'a', '2': 'b' };
  const state = await started(client);
  expect(state.experiments.selectedIds).toEqual([]);
  expect(client.count('table')).toBe(0);
});

it('restores connection, experiments, query and run', async () => {
  const client = new FakeClient();
  client.connectionList = [connection('main', true), connection('other')];
  client.experimentNames = { '1': 'a', '2': 'b' };
  client.runs = manyRuns(3);
  const saved: ExplorerState.ISaved = {
    connection: 'other',
    experiments: ['2'],
    experimentsView: 'all',
    query: 'r',
    order: 'attributes.run_name ASC',
    view: 'all',
    metric: 'm',
    active: 'r1',
    selected: ['r1', 'r2']
  };
  const state = await started(client, saved);
  jest.advanceTimersByTime(200);
  await settle();
  expect(state.save()).toEqual(saved);
  expect(client.tableQueries[0]).toMatchObject({
    connection: 'other',
    experimentIds: ['2'],
    search: 'r'
  });
  expect(state.run.value?.run_id).toBe('r1');
});

it('falls back where the saved connection is gone', async () => {
  const client = new FakeClient();
  const state = await started(client, {
    connection: 'gone',
    experiments: ['9']
  });
  expect(state.connections.currentId).toBe('main');
  expect(state.experiments.selectedIds).toEqual(['1']);
});

it('forgets experiments and selection with the connection', async () => {
  const client = new FakeClient();
  client.connectionList = [connection('main', true), connection('other')];
  client.runs = manyRuns(3);
  const state = await started(client);
  state.runs.select('r0');
  client.experimentNames = { '1': 'a', '2': 'b' };
  state.connections.select('other');
  await settle();
  expect(state.runs.selection.size).toBe(0);
  expect(state.experiments.selectedIds).toEqual([]);
  expect(state.runs.experimentIds).toEqual([]);
});

it('shows the run on which the keyboard rests, not those it passes', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(5);
  const state = await started(client);
  for (const id of ['r0', 'r1', 'r2']) {
    state.runs.select(id);
    jest.advanceTimersByTime(50);
  }
  jest.advanceTimersByTime(200);
  await settle();
  expect(client.count('run')).toBe(1);
  expect(state.run.value?.run_id).toBe('r2');
});

it('tells when the selection changes, once for each change', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(3);
  const state = await started(client);
  const heard: (readonly string[])[] = [];
  state.selectionChanged.connect((_, ids) => heard.push(ids));
  state.runs.select('r0');
  state.runs.select('r2', 'toggle');
  state.runs.setActive('r1');
  expect(heard).toEqual([['r0'], ['r0', 'r2']]);
});

it('says that a connection failed and recovers by refresh', async () => {
  const client = new FakeClient();
  client.failNext('checkConnection', new Error('dead'));
  client.failNext('experiments', new Error('dead'));
  const state = await started(client);
  expect(state.connections.health).toEqual({
    status: 'failed',
    message: 'dead'
  });
  expect(state.experiments.failure?.message).toBe('dead');
  await state.refresh();
  await settle();
  expect(state.connections.health.status).toBe('ok');
  expect(state.experiments.selectedIds).toEqual(['1']);
});

it('loads the connections again where that failed', async () => {
  const client = new FakeClient();
  client.failNext('connections', new Error('no server part'));
  const state = await started(client);
  expect(state.connections.list.status).toBe('failed');
  await state.refresh();
  await settle();
  expect(state.connections.currentId).toBe('main');
});

it('chooses a connection that was added, and the default after it is removed', async () => {
  const client = new FakeClient();
  const state = await started(client);
  await state.connections.add({ name: 'mine', tracking_uri: 'http://x' });
  expect(state.connections.currentId).toBe('mine');
  await state.connections.remove('mine');
  expect(state.connections.currentId).toBe('main');
});

it('polls unfinished runs while active, and not otherwise', async () => {
  const client = new FakeClient();
  client.runs = [{ id: 'a', status: 'RUNNING' }];
  const state = new ExplorerState({ client, refreshIntervalMs: 1000 });
  state.isActive = true;
  await settle();
  const before = client.count('table');
  for (let i = 0; i < 4; i++) {
    await jest.advanceTimersByTimeAsync(1100);
  }
  expect(client.count('table')).toBeGreaterThan(before);
  state.isActive = false;
  await settle();
  const after = client.count('table');
  await jest.advanceTimersByTimeAsync(10_000);
  expect(client.count('table')).toBe(after);
  state.dispose();
  state.dispose();
});
