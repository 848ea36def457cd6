import { nullTranslator } from '@jupyterlab/translation';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect, useReducer } from 'react';
import { RunState } from '../../state/run';
import { RunDetails, type Group } from '../../widgets/run';
import { FakeClient, settle } from '../fakeclient';
import { giveSizes } from './dom';

const trans = nullTranslator.load('jupyter_mlflow_explorer');
beforeAll(() => giveSizes());

function View(props: Omit<Parameters<typeof RunDetails>[0], 'trans'>) {
  const { run } = props;
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const slot = () => redraw();
    run.stateChanged.connect(slot);
    run.artifacts.stateChanged.connect(slot);
    run.models.stateChanged.connect(slot);
    return () => {
      run.stateChanged.disconnect(slot);
      run.artifacts.stateChanged.disconnect(slot);
      run.models.stateChanged.disconnect(slot);
    };
  }, [run]);
  return <RunDetails {...props} trans={trans} />;
}

async function show(
  client: FakeClient,
  open: Group[] = ['params', 'metrics', 'artifacts', 'models', 'tags', 'note']
) {
  const run = new RunState({ client });
  await run.show('main', 'a');
  const copy = jest.fn();
  const openArtifact = jest.fn();
  const onToggle = jest.fn();
  render(
    <View
      run={run}
      rendermime={null}
      open={new Set(open)}
      onToggle={onToggle}
      actions={{
        copy,
        showRun: jest.fn(),
        insertSummary: jest.fn(),
        openInsertMenu: jest.fn()
      }}
      artifactActions={{
        open: (artifacts, path) => openArtifact(artifacts.modelId, path),
        drag: jest.fn(),
        iconOf: () => undefined
      }}
    />
  );
  await act(settle);
  return { run, copy, openArtifact, user: userEvent.setup() };
}

/** Click a summary; its `toggle` event comes with a later task. */
async function toggle(summary: HTMLElement): Promise<void> {
  await act(async () => {
    summary.click();
    await new Promise(resolve => setTimeout(resolve, 0));
    await settle();
  });
}

it('shows params, and metrics with curves and odd values', async () => {
  const client = new FakeClient();
  client.runs = [
    {
      id: 'a',
      name: 'my run',
      params: { lr: '0.1', note: '<b>x</b>' },
      metrics: { loss: 'NaN', auc: 0.5, big: 'Infinity' }
    }
  ];
  const { copy, user } = await show(client);
  expect(screen.getByRole('heading', { name: 'my run' })).toBeTruthy();
  const metrics = screen.getByRole('table', { name: 'Metrics' });
  expect(
    within(metrics)
      .getAllByRole('row')
      .map(row => row.textContent)
  ).toEqual([
    expect.stringMatching(/^auc.*0\.5$/),
    expect.stringMatching(/^big.*∞$/),
    expect.stringMatching(/^loss.*NaN$/)
  ]);
  expect(
    within(metrics).getAllByRole('img', {
      name: '4 values, smallest 1, largest 3, with gaps (NaN or infinite)'
    })
  ).toHaveLength(3);
  const params = screen.getByRole('table', { name: 'Parameters' });
  expect(params.querySelector('b')).toBeNull();
  await user.click(within(metrics).getByRole('button', { name: 'Copy big' }));
  expect(copy).toHaveBeenCalledWith('Infinity');
});

it('filters many params in place, and shows them piece by piece', async () => {
  const client = new FakeClient();
  const params = Object.fromEntries(
    Array.from({ length: 250 }, (_, i) => [`p${i}`, String(i)])
  );
  client.runs = [{ id: 'a', params }];
  const { user } = await show(client);
  const table = () => screen.getByRole('table', { name: 'Parameters' });
  expect(within(table()).getAllByRole('row')).toHaveLength(100);
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  expect(within(table()).getAllByRole('row')).toHaveLength(200);
  await user.type(
    screen.getByRole('searchbox', { name: 'Filter Parameters' }),
    'p249'
  );
  expect(within(table()).getAllByRole('row')).toHaveLength(1);
});

it('opens folders in place and files by double-click or Enter', async () => {
  const client = new FakeClient();
  client.runs = [{ id: 'a' }];
  client.folders = {
    '': [
      { path: 'plots', name: 'plots', is_dir: true },
      { path: 'a#b é.txt', name: 'a#b é.txt', is_dir: false, size_bytes: 1500 }
    ],
    plots: [
      { path: 'plots/roc.png', name: 'roc.png', is_dir: false, size_bytes: 1 }
    ]
  };
  const { user, openArtifact } = await show(client);
  const item = (name: RegExp) => screen.getByRole('treeitem', { name });
  expect(item(/a#b é/).textContent).toContain('1.5 kB');
  await user.click(item(/plots/));
  await act(settle);
  expect(item(/roc/).getAttribute('aria-level')).toBe('2');
  await user.dblClick(item(/roc/));
  expect(openArtifact).toHaveBeenLastCalledWith(null, 'plots/roc.png');
  act(() => screen.getByRole('tree', { name: 'Artifacts' }).focus());
  await user.keyboard('{ArrowDown}{Enter}');
  expect(openArtifact).toHaveBeenLastCalledWith(null, 'a#b é.txt');
});

it('opens logged models to artifacts of their own', async () => {
  const client = new FakeClient();
  const file = (path: string) => ({ path, name: path, is_dir: false });
  client.runs = [
    {
      id: 'a',
      models: [
        { model_id: 'm-1', name: 'net', status: 'READY', step: 1200 },
        { model_id: 'm-2', name: '<b>x</b>\n', status: 'FAILED' }
      ]
    }
  ];
  client.folders = { '': [file('plot.png')] };
  client.modelFolders = { 'm-1': { '': [file('MLmodel')] } };
  const { run, copy, user, openArtifact } = await show(client);
  expect(client.asked).toContain('artifacts ');
  expect(client.asked).not.toContain('artifacts m-1:');
  const summary = (name: RegExp) =>
    screen.getAllByText(name).map(node => node.closest('summary'))[0]!;
  expect(summary(/^net$/).textContent).toBe('netstep 1,200Ready');
  expect(summary(/<b>x<\/b>/).textContent).toContain('Failed');

  await toggle(summary(/^net$/));
  const tree = screen.getByRole('tree', { name: 'Artifacts of model net' });
  const item = within(tree).getByRole('treeitem', { name: /MLmodel/ });
  await user.dblClick(item);
  expect(openArtifact).toHaveBeenLastCalledWith('m-1', 'MLmodel');
  expect(run.focusedArtifacts.modelId).toBe('m-1');
  await user.click(
    screen.getByRole('button', { name: 'Copy id of model net' })
  );
  expect(copy).toHaveBeenLastCalledWith('m-1');

  // One entry has the focus, in whichever tree.
  const own = screen.getByRole('tree', { name: 'Artifacts' });
  await user.click(within(own).getByRole('treeitem', { name: /plot/ }));
  expect(run.focusedArtifacts).toBe(run.artifacts);
  expect(item.getAttribute('aria-selected')).toBe('false');

  await toggle(summary(/<b>x/));
  expect(screen.getByText('This model has no artifacts.')).toBeTruthy();
  await toggle(summary(/^net$/));
  expect(
    screen.queryByRole('tree', { name: 'Artifacts of model net' })
  ).toBeNull();
});

it('says that a run has no artifacts, and what failed', async () => {
  const client = new FakeClient();
  client.runs = [{ id: 'a' }];
  const first = await show(client);
  expect(screen.getByText('This run has no artifacts.')).toBeTruthy();
  client.failNext('artifacts ', new Error('store is away'));
  await act(() => first.run.artifacts.refresh());
  expect(screen.getByRole('alert').textContent).toContain('store is away');
  await first.user.click(screen.getByRole('button', { name: 'Try again' }));
  await act(settle);
  expect(screen.getByText('This run has no artifacts.')).toBeTruthy();
});

it('says that a run is gone and tries again', async () => {
  const client = new FakeClient();
  const { user } = await show(client);
  expect(screen.getByRole('alert').textContent).toContain('no run a');
  client.runs = [{ id: 'a', name: 'back' }];
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await act(settle);
  expect(screen.getByRole('heading', { name: 'back' })).toBeTruthy();
});
