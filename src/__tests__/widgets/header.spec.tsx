import { nullTranslator } from '@jupyterlab/translation';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Connection } from '../../api/types';
import { ConnectionsState } from '../../state/connections';
import { Header } from '../../widgets/header';
import { connection, FakeClient } from '../fakeclient';

const trans = nullTranslator.load('jupyter_mlflow_explorer');

async function show(kind: Connection['kind']) {
  const client = new FakeClient();
  client.connectionList = [{ ...connection('main'), kind }];
  const connections = new ConnectionsState({ client });
  await connections.load();
  const actions = {
    select: jest.fn(),
    refresh: jest.fn(),
    openMenu: jest.fn(),
    insertMigration: jest.fn()
  };
  render(<Header connections={connections} actions={actions} trans={trans} />);
  return actions;
}

it('says what a folder of runs is, and offers its migration', async () => {
  const actions = await show('files');
  expect(screen.getByText(/A folder of run files/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Migrate…' }));
  expect(actions.insertMigration).toHaveBeenCalledTimes(1);
});

it('offers no migration of anything else', async () => {
  await show('database');
  expect(screen.queryByText(/A folder of run files/)).toBeNull();
  expect(screen.queryByRole('button', { name: 'Migrate…' })).toBeNull();
});
