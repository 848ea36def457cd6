import { nullTranslator } from '@jupyterlab/translation';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { IFailure } from '../../api/errors';
import { SearchBox } from '../../widgets/search';

const trans = nullTranslator.load('jupyter_mlflow_explorer');
const columns = { metrics: ['auc', 'loss'], params: ['lr'], tags: [] };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function show(query = '', failure: IFailure | null = null) {
  const onQuery = jest.fn();
  const element = (
    <SearchBox
      query={query}
      columns={columns}
      failure={failure}
      onQuery={onQuery}
      trans={trans}
    />
  );
  const view = render(element);
  const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
  const box = screen.getByRole<HTMLInputElement>('combobox', {
    name: 'Search runs'
  });
  const rest = () => act(() => void jest.advanceTimersByTime(1000));
  return { onQuery, user, box, rest, view };
}

it('asks once typing rests', async () => {
  const { onQuery, user, box, rest } = show();
  await user.type(box, 'base');
  rest();
  expect(onQuery.mock.calls).toEqual([['base']]);
});

it('asks at once on Enter', async () => {
  const { onQuery, user, box } = show();
  await user.type(box, 'base{Enter}');
  expect(onQuery).toHaveBeenLastCalledWith('base');
});

it('does not send a filter that is still being typed', async () => {
  const { onQuery, user, box, rest } = show();
  await user.type(box, 'metrics.auc ');
  rest();
  expect(onQuery).not.toHaveBeenCalledWith('metrics.auc');
  expect(screen.getByText(/Add a comparison/)).toBeTruthy();
  await user.type(box, '> 0.9');
  rest();
  expect(onQuery).toHaveBeenLastCalledWith('metrics.auc > 0.9');
  expect(screen.getByText('filter')).toBeTruthy();
});

it('completes keys by keyboard', async () => {
  const { user, box } = show();
  await user.type(box, 'metrics.l');
  expect(box.getAttribute('aria-expanded')).toBe('true');
  await user.keyboard('{ArrowDown}');
  const option = screen.getByRole('option', { name: 'metrics.loss' });
  expect(box.getAttribute('aria-activedescendant')).toBe(option.id);
  await user.keyboard('{Enter}');
  expect(box.value).toBe('metrics.loss');
});

it('closes the completions with Escape, then clears', async () => {
  const { onQuery, user, box } = show();
  await user.type(box, 'metrics.l');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('listbox')).toBeNull();
  expect(box.value).toBe('metrics.l');
  await user.keyboard('{Escape}');
  expect(box.value).toBe('');
  expect(onQuery).toHaveBeenLastCalledWith('');
});

it('shows the complaint of the server, and the place', () => {
  const query = 'metrics.auc > > 1';
  const { box } = show(query, {
    message: 'Expected a number.',
    code: 'bad_filter',
    position: 14
  });
  expect(box.getAttribute('aria-invalid')).toBe('true');
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toContain('Expected a number.');
  expect(alert.querySelector('mark')?.textContent).toBe('>');
  expect(box.getAttribute('aria-describedby')).toBe(alert.id);
});

it('takes a query that was set elsewhere', () => {
  const { view, box } = show('old');
  view.rerender(
    <SearchBox
      query="new"
      columns={columns}
      failure={null}
      onQuery={jest.fn()}
      trans={trans}
    />
  );
  expect(box.value).toBe('new');
});

it('has examples that can be used', async () => {
  const { onQuery, user } = show();
  const help = screen.getByRole('button', { name: 'Help on searching' });
  await user.click(help);
  expect(help.getAttribute('aria-expanded')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'metrics.auc > 0.9' }));
  expect(onQuery).toHaveBeenLastCalledWith('metrics.auc > 0.9');
});
