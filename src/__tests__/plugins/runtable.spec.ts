import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { CommandIDs } from '../../commands';
import runtable from '../../plugins/runtable';
import type { IExplorerContext } from '../../plugins/context';
import { ExplorerState } from '../../state/explorer';
import { FakeClient, manyRuns, settle } from '../fakeclient';
import { giveSizes } from '../widgets/dom';

beforeAll(() => giveSizes());

async function activate(saved: Record<string, unknown> = {}) {
  const client = new FakeClient();
  client.experimentNames = { '1': 'first', '2': 'second' };
  client.runs = manyRuns(3);
  const state = new ExplorerState({ client });
  await state.start();
  await settle();
  const commands = new CommandRegistry();
  const added: Widget[] = [];
  const activated: string[] = [];
  const shell = {
    add: (widget: Widget) => {
      added.push(widget);
      Widget.attach(widget, document.body);
    },
    activateById: (id: string) => activated.push(id)
  };
  const context = {
    client,
    state,
    trans: nullTranslator.load('')
  } as unknown as IExplorerContext;
  const stateDB = {
    fetch: async (key: string) => saved[key],
    save: async (key: string, value: unknown) => (saved[key] = value)
  } as unknown as IStateDB;
  void runtable.activate(
    { commands, shell } as unknown as JupyterFrontEnd,
    context,
    null,
    null,
    stateDB
  );
  const open = (args = {}) => commands.execute(CommandIDs.openRunsTable, args);
  return { client, state, commands, added, activated, open, saved };
}

it('opens one tab for each set of experiments, whatever their order', async () => {
  const { state, added, activated, open } = await activate();
  state.experiments.select('1');
  await open();
  await open({ experimentIds: ['2', '1'] });
  await Promise.all([
    open({ experimentIds: ['1', '2'] }),
    open({ connection: 'main', experimentIds: ['1'] })
  ]);
  expect(added.map(tab => tab.title.label)).toEqual([
    'Runs: first',
    'Runs: first and 1 more'
  ]);
  expect(activated).toHaveLength(4);
  expect(new Set(activated).size).toBe(2);

  // A closed tab opens again.
  added[0].dispose();
  await open({ experimentIds: ['1'] });
  expect(added).toHaveLength(3);
});

it('makes one tab of two commands at the same time', async () => {
  const { added, open } = await activate();
  await Promise.all([
    open({ experimentIds: ['1'] }),
    open({ experimentIds: ['1'] })
  ]);
  expect(added).toHaveLength(1);
});

it('is off without chosen experiments', async () => {
  const { commands, added, open, state } = await activate();
  state.experiments.select('1');
  state.experiments.select('1', 'toggle');
  expect(commands.isEnabled(CommandIDs.openRunsTable)).toBe(false);
  expect(
    commands.isEnabled(CommandIDs.openRunsTable, { experimentIds: ['1'] })
  ).toBe(true);
  await open();
  expect(added).toHaveLength(0);
});

it('takes up the saved layout, and asks for the order of then', async () => {
  const { client, open } = await activate({
    'jupyter-mlflow-explorer:table:["main","1"]': {
      columns: ['metrics.m'],
      order: 'metrics.m ASC'
    }
  });
  await open({ experimentIds: ['1'] });
  await settle();
  expect(
    client.tableQueries.some(({ orderBy }) => orderBy?.[0] === 'metrics.m ASC')
  ).toBe(true);
});
