import { collection } from '../../plugins/collectcommands';
import { ExplorerState } from '../../state/explorer';
import { FakeClient, manyRuns, settle } from '../fakeclient';

async function make() {
  const client = new FakeClient();
  client.runs = manyRuns(5);
  const state = new ExplorerState({ client });
  await state.start();
  await settle();
  state.experiments.select('1');
  await settle();
  state.show('r0');
  await settle();
  state.run.artifacts.setActive('tables/scores.csv');
  return state;
}

it('takes the runs selected, and all shown where fewer than two are', async () => {
  const state = await make();
  expect(collection(state, {})).toEqual({
    connection: 'main',
    path: 'tables/scores.csv',
    runIds: ['r0', 'r1', 'r2', 'r3', 'r4'],
    isChosen: false
  });
  state.runs.setSelected(['r1']);
  expect(collection(state, {})?.isChosen).toBe(false);
  state.runs.setSelected(['r3', 'r1']);
  expect(collection(state, {})).toMatchObject({
    runIds: ['r1', 'r3'],
    isChosen: true
  });
  state.dispose();
});

it('takes what the arguments name before what is shown', async () => {
  const state = await make();
  expect(
    collection(state, { connection: 'b', path: 'x.json', runIds: ['r9'] })
  ).toEqual({
    connection: 'b',
    path: 'x.json',
    runIds: ['r9'],
    isChosen: true
  });
  // The runs shown are of another connection.
  expect(collection(state, { connection: 'b', path: 'x.json' })).toBeNull();
  state.dispose();
});

it('has nothing for the artifacts of a model, and for none', async () => {
  const state = await make();
  state.run.artifacts.setActive(null);
  expect(collection(state, {})).toBeNull();
  state.run.artifacts.open('main', 'r0', 'm-1');
  state.run.artifacts.setActive('MLmodel');
  expect(collection(state, {})).toBeNull();
  state.dispose();
});
