import { nullTranslator } from '@jupyterlab/translation';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect, useReducer } from 'react';
import { ExperimentsState } from '../../state/experiments';
import { Experiments } from '../../widgets/experiments';
import { FakeClient, settle } from '../fakeclient';
import { giveSizes } from './dom';

const trans = nullTranslator.load('jupyter_mlflow_explorer');
beforeAll(() => giveSizes());

function View(props: {
  experiments: ExperimentsState;
  onOpen: (experimentId: string) => void;
}): JSX.Element {
  const { experiments, onOpen } = props;
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const slot = () => redraw();
    experiments.stateChanged.connect(slot);
    return () => void experiments.stateChanged.disconnect(slot);
  }, [experiments]);
  return (
    <Experiments experiments={experiments} onOpen={onOpen} trans={trans} />
  );
}

async function show(client: FakeClient) {
  const experiments = new ExperimentsState({ client });
  await experiments.open('main');
  const onOpen = jest.fn();
  render(<View experiments={experiments} onOpen={onOpen} />);
  return { experiments, onOpen, user: userEvent.setup() };
}

it('chooses one or several', async () => {
  const client = new FakeClient();
  client.experimentNames = { '1': 'one', '2': 'two', '3': 'three' };
  const { experiments, user } = await show(client);
  const list = screen.getByRole('listbox', { name: 'Experiments' });
  expect(list.getAttribute('aria-multiselectable')).toBe('true');
  await user.click(screen.getByRole('option', { name: 'one' }));
  await user.keyboard('{Control>}');
  await user.click(screen.getByRole('option', { name: 'three' }));
  await user.keyboard('{/Control}');
  expect(experiments.selectedIds).toEqual(['1', '3']);
  act(() => list.focus());
  await user.keyboard('{ArrowUp}');
  expect(experiments.selectedIds).toEqual(['2']);
});

it('opens the table of an experiment on a double-click', async () => {
  const { onOpen, user } = await show(new FakeClient());
  await user.dblClick(screen.getByRole('option', { name: 'first' }));
  expect(onOpen).toHaveBeenCalledWith('1');
});

it('searches where there are many', async () => {
  const client = new FakeClient();
  client.experimentNames = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [String(i), `exp-${i}`])
  );
  const { user } = await show(client);
  await user.type(
    screen.getByRole('searchbox', { name: 'Search experiments' }),
    'exp-11'
  );
  await act(settle);
  expect(screen.getAllByRole('option')).toHaveLength(1);
});

it('says what to do where there are none', async () => {
  const client = new FakeClient();
  client.experimentNames = {};
  await show(client);
  expect(screen.getByText('No experiments yet.')).toBeTruthy();
});

it('shows a failure with advice and tries again', async () => {
  const client = new FakeClient();
  client.failNext('experiments', new Error('refused'));
  const { user } = await show(client);
  expect(screen.getByRole('alert').textContent).toContain('refused');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await act(settle);
  expect(screen.getByRole('option', { name: 'first' })).toBeTruthy();
});
