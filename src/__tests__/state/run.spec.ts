import { RunState } from '../../state/run';
import { FakeClient, settle } from '../fakeclient';

const client = (): FakeClient => {
  const fake = new FakeClient();
  fake.runs = [
    { id: 'a', metrics: { loss: 'NaN', auc: 1 } },
    { id: 'b', status: 'RUNNING' }
  ];
  return fake;
};

it('drops the answer for a run that was left', async () => {
  const fake = client();
  const run = new RunState({ client: fake });
  const slow = fake.holdNext('run');
  void run.show('main', 'a');
  await run.show('main', 'b');
  slow.open();
  await settle();
  expect(run.value?.run_id).toBe('b');
});

it('shows the run of before while it is asked for again', async () => {
  const fake = client();
  const run = new RunState({ client: fake });
  await run.show('main', 'a');
  const slow = fake.holdNext('run');
  const refreshed = run.refresh();
  expect([run.detail.status, run.value?.run_id]).toEqual(['loading', 'a']);
  slow.open();
  await refreshed;
  expect(run.detail.status).toBe('ready');
});

it('fails in place and recovers', async () => {
  const fake = client();
  fake.failNext('run', new Error('gone'));
  const run = new RunState({ client: fake });
  await run.show('main', 'a');
  expect(run.detail).toMatchObject({
    status: 'failed',
    failure: { message: 'gone' }
  });
  await run.refresh();
  expect(run.detail.status).toBe('ready');
});

it('asks once for each curve, in one request for many', async () => {
  const fake = client();
  const run = new RunState({ client: fake });
  await run.show('main', 'a');
  run.lookCurves(['loss', 'auc']);
  run.lookCurves(['loss', 'auc']);
  await settle();
  run.lookCurves(['auc']);
  await settle();
  expect(fake.count('metrics')).toBe(1);
  expect(run.curve('loss')?.total).toBe(4);
});

it('does not repeat a failed request for curves by itself', async () => {
  const fake = client();
  fake.failNext('metrics', new Error('slow'));
  const run = new RunState({ client: fake });
  await run.show('main', 'a');
  run.lookCurves(['loss']);
  await settle();
  run.lookCurves(['loss']);
  await settle();
  expect([fake.count('metrics'), run.curvesFailure?.message]).toEqual([
    1,
    'slow'
  ]);
  await run.retryCurves(['loss']);
  expect([run.curvesFailure, run.curve('loss')?.key]).toEqual([null, 'loss']);
});

it('knows that a run has not ended', async () => {
  const run = new RunState({ client: client() });
  await run.show('main', 'b');
  expect(run.isUnfinished).toBe(true);
});
