import { ServerConnection } from '@jupyterlab/services';
import { ExplorerError } from '../../api/errors';
import type { Report } from '../../api/types';
import { ReportsState } from '../../state/reports';
import { FakeClient, makeReport } from '../fakeclient';

function make() {
  const client = new FakeClient();
  const reports = new ReportsState({ client, intervalMs: 700 });
  const told: Report[] = [];
  reports.reportChanged.connect((_, report) => told.push(report));
  const states = () => told.map(({ state, done }) => `${state} ${done}`);
  return { client, reports, told, states };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('follows a report to its end and then asks no more', async () => {
  const { client, reports, states, told } = make();
  await reports.start({ format: 'html', path: 'a.ipynb' } as never);
  client.setReport('p0', { phase: 'executing', done: 3, total: 12 });
  await jest.advanceTimersByTimeAsync(700);
  client.setReport('p0', { state: 'done', done: 12 });
  await jest.advanceTimersByTimeAsync(700);
  expect(states()).toEqual(['running 0', 'running 3', 'done 12']);
  expect(told[2].path).toBe('notes/Tumours.html');
  await jest.advanceTimersByTimeAsync(60_000);
  expect(client.count('report')).toBe(2);
  expect(reports.followed).toEqual([]);
});

it('rejects where the server refuses, and follows nothing', async () => {
  const { client, reports, told } = make();
  client.failNext('startReport', new Error('a.html exists already'));
  await expect(reports.start({} as never)).rejects.toThrow('exists already');
  expect(told).toEqual([]);
});

it('takes up the running reports after a reload, each once', async () => {
  const { client, reports, told } = make();
  client.reportList = [
    makeReport({ report_id: 'old', state: 'done' }),
    makeReport({ report_id: 'p1', done: 5 })
  ];
  await reports.resume();
  await reports.resume();
  expect(told.map(({ report_id }) => report_id)).toEqual(['p1']);
  expect(reports.followed).toEqual(['p1']);
  client.failNext('reports', new Error('no such route'));
  await reports.resume();
  reports.dispose();
});

it('hears at once that a report was cancelled', async () => {
  const { client, reports, states } = make();
  await reports.start({} as never);
  await jest.advanceTimersByTimeAsync(1);
  await reports.stop('p0');
  await jest.advanceTimersByTimeAsync(1);
  expect(states()).toEqual(['running 0', 'cancelled 0']);
  expect(client.count('removeReport')).toBe(1);
});

it('waits longer while Jupyter does not answer, and goes on when it does', async () => {
  const { client, reports, states } = make();
  await reports.start({} as never);
  client.failNext(
    'report',
    new ServerConnection.NetworkError(new TypeError('down'))
  );
  client.failNext('report', new Error('still down'));
  client.setReport('p0', { state: 'done' });
  await jest.advanceTimersByTimeAsync(700);
  await jest.advanceTimersByTimeAsync(1400);
  expect(client.count('report')).toBe(2);
  expect(states()).toEqual(['running 0']);
  await jest.advanceTimersByTimeAsync(2800);
  expect(states()).toEqual(['running 0', 'done 0']);
});

it('says that a report is lost where the server was restarted', async () => {
  const { client, reports, told } = make();
  await reports.start({} as never);
  const response = new Response('{}', { status: 404 });
  const message = 'No report p0';
  client.failNext(
    'report',
    new ExplorerError(response, { message, code: 'not_found' })
  );
  await jest.advanceTimersByTimeAsync(700);
  expect(told[1]).toMatchObject({ state: 'failed', message });
  expect(reports.followed).toEqual([]);
});

it('asks nothing after it was disposed', async () => {
  const { client, reports } = make();
  await reports.start({} as never);
  reports.dispose();
  reports.dispose();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(client.count('report')).toBe(0);
});
