import { RunsState } from '../../state/runs';
import { FakeClient, manyRuns, settle } from '../fakeclient';

async function opened(client: FakeClient, pageSize = 100): Promise<RunsState> {
  const runs = new RunsState({ client, pageSize });
  await runs.open('main', ['1']);
  return runs;
}

const shown = (runs: RunsState) => runs.lines.map(line => line.row.runId);

describe('paging', () => {
  it('loads a small first page and makes room for all', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(2500);
    const runs = await opened(client, 50);
    expect([runs.loaded, runs.total, runs.lineCount]).toEqual([50, 2500, 2500]);
    expect(client.tableQueries.map(query => query.limit)).toEqual([50]);
  });

  it('loads big pages in turn until they cover what is visible', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(2500);
    const runs = await opened(client);
    runs.look(1500);
    await settle();
    expect(runs.loaded).toBe(2100);
    expect(client.tableQueries.map(query => query.limit)).toEqual([
      100, 1000, 1000
    ]);
  });

  it('reaches the last run', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(2500);
    const runs = await opened(client);
    expect(await runs.last()).toBe('r2499');
    expect(runs.isComplete).toBe(true);
  });

  it('goes on where the store does not count', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(150);
    client.countsTotal = false;
    const runs = await opened(client);
    expect([runs.total, runs.lineCount]).toEqual([null, 100]);
    runs.look(99);
    await settle();
    expect([runs.total, runs.lineCount]).toEqual([150, 150]);
  });

  it('shows a run once that two pages contain', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(150);
    const runs = await opened(client);
    client.runs = [{ id: 'new' }, ...client.runs];
    await runs.last();
    const ids = shown(runs);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(150);
  });

  it('continues after a failed page where it stopped', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(300);
    const runs = await opened(client);
    client.failNext('table', new Error('gone'));
    await runs.last();
    expect([runs.loaded, runs.failure?.message]).toEqual([100, 'gone']);
    await runs.retry();
    expect([runs.loaded, runs.failure]).toEqual([300, null]);
  });

  it('fails with nothing shown and recovers by retry', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(3);
    client.failNext('table', new Error('down'));
    const runs = await opened(client);
    expect([runs.hasLoaded, runs.failure?.message]).toEqual([false, 'down']);
    await runs.retry();
    expect(shown(runs)).toEqual(['r0', 'r1', 'r2']);
  });
});

describe('late answers', () => {
  it('drops the answer of an older query', async () => {
    const client = new FakeClient();
    client.runs = [{ id: 'old' }, { id: 'new' }];
    const runs = await opened(client);
    const slow = client.holdNext('table');
    runs.setQuery('old');
    runs.setQuery('new');
    await settle();
    expect(shown(runs)).toEqual(['new']);
    slow.open();
    await settle();
    expect(shown(runs)).toEqual(['new']);
    expect(runs.isLoading).toBe(false);
  });

  it('drops the failure of an older query', async () => {
    const client = new FakeClient();
    client.runs = [{ id: 'a' }];
    const runs = await opened(client);
    const slow = client.holdNext('table');
    client.failNext('table', new Error('late'));
    runs.setQuery('x');
    runs.setQuery('a');
    slow.open();
    await settle();
    expect([runs.failure, shown(runs)]).toEqual([null, ['a']]);
  });

  it('drops what arrives for another experiment', async () => {
    const client = new FakeClient();
    client.runs = [{ id: 'a' }];
    const runs = new RunsState({ client });
    const slow = client.holdNext('table');
    void runs.open('main', ['1']);
    client.runs = [{ id: 'b' }];
    await runs.open('main', ['2']);
    slow.open();
    await settle();
    expect(shown(runs)).toEqual(['b']);
  });

  it('says nothing after its end', async () => {
    const client = new FakeClient();
    client.runs = [{ id: 'a' }];
    const runs = new RunsState({ client });
    const slow = client.holdNext('table');
    void runs.open('main', ['1']);
    const changed = jest.fn();
    runs.stateChanged.connect(changed);
    runs.dispose();
    runs.dispose();
    slow.open();
    await settle();
    expect(changed).not.toHaveBeenCalled();
  });
});

describe('metric of choice', () => {
  it('takes a likely one until the user chooses', async () => {
    const client = new FakeClient();
    client.knownColumns = {
      params: [],
      metrics: ['epoch', 'val_auroc'],
      tags: []
    };
    client.runs = [{ id: 'a', metrics: { val_auroc: 0.5, epoch: 3 } }];
    const runs = await opened(client);
    await settle();
    expect([runs.metric, runs.row('a')?.metric]).toEqual(['val_auroc', 0.5]);
    runs.setMetric('epoch');
    await settle();
    expect(runs.row('a')?.metric).toBe(3);
    runs.setMetric(null);
    await runs.reload();
    expect([runs.metric, runs.row('a')?.metric]).toEqual([null, null]);
  });

  it('keeps NaN and infinities, and tells them from missing', async () => {
    const client = new FakeClient();
    client.knownColumns = { params: [], metrics: ['m'], tags: [] };
    client.runs = [
      { id: 'nan', metrics: { m: 'NaN' } },
      { id: 'inf', metrics: { m: 'Infinity' } },
      { id: 'neg', metrics: { m: '-Infinity' } },
      { id: 'none' }
    ];
    const runs = await opened(client);
    await settle();
    expect(
      ['nan', 'inf', 'neg', 'none'].map(id => runs.row(id)?.metric)
    ).toEqual([NaN, Infinity, -Infinity, null]);
  });
});

describe('query', () => {
  it('sends text as search and a filter as filter', async () => {
    const client = new FakeClient();
    const runs = await opened(client);
    runs.setQuery('baseline');
    runs.setQuery('metrics.auc > 0.9');
    runs.setOrder('metrics.auc DESC');
    await settle();
    const last = client.tableQueries.slice(-3);
    expect(
      last.map(({ search, filter, orderBy }) => [search, filter, orderBy])
    ).toEqual([
      ['baseline', '', []],
      ['', 'metrics.auc > 0.9', []],
      ['', 'metrics.auc > 0.9', ['metrics.auc DESC']]
    ]);
  });

  it('keeps the rows of before until the answer is there', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(3);
    const runs = await opened(client);
    const slow = client.holdNext('table');
    runs.setOrder('attributes.run_name ASC');
    expect([runs.isStale, shown(runs).length]).toEqual([true, 3]);
    slow.open();
    await settle();
    expect(runs.isStale).toBe(false);
  });
});

describe('selection', () => {
  it('survives another search and another experiment, not another connection', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(5);
    const runs = await opened(client);
    runs.select('r1');
    runs.select('r3', 'toggle');
    runs.setQuery('r3');
    await settle();
    expect([runs.selectedIds, runs.hiddenSelected]).toEqual([['r3', 'r1'], 1]);
    await runs.open('main', ['2']);
    expect(runs.selection.size).toBe(2);
    await runs.open('other', ['2']);
    expect(runs.selection.size).toBe(0);
  });

  it('gives ids in the order of the list', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(5);
    const runs = await opened(client);
    runs.select('r4');
    runs.select('r0', 'toggle');
    expect(runs.selectedIds).toEqual(['r0', 'r4']);
  });

  it('moves by steps within the list', async () => {
    const client = new FakeClient();
    client.runs = manyRuns(3);
    const runs = await opened(client);
    expect(runs.step(1)).toBe('r0');
    expect(runs.step(5)).toBe('r2');
    expect(runs.step(-Infinity)).toBe('r0');
  });
});

describe('children', () => {
  const family = [
    { id: 'c2', parent: 'p' },
    { id: 'c1', parent: 'p' },
    { id: 'p' },
    { id: 'x' }
  ];

  it('go below their parent, hidden until it is expanded', async () => {
    const client = new FakeClient();
    client.runs = family;
    const runs = await opened(client);
    expect(shown(runs)).toEqual(['p', 'x']);
    runs.setExpanded('p', true);
    expect(runs.lines.map(line => [line.row.runId, line.depth])).toEqual([
      ['p', 0],
      ['c2', 1],
      ['c1', 1],
      ['x', 0]
    ]);
  });

  it('stand alone when the list is searched or sorted', async () => {
    const client = new FakeClient();
    client.runs = family;
    const runs = await opened(client);
    runs.setOrder('attributes.run_name ASC');
    await settle();
    expect(runs.lines.map(line => [line.row.runId, line.isOrphan])).toEqual([
      ['c2', true],
      ['c1', true],
      ['p', false],
      ['x', false]
    ]);
  });
});

describe('polling', () => {
  it('brings news of unfinished runs, and new runs to the front', async () => {
    const client = new FakeClient();
    client.runs = [
      ...manyRuns(120),
      { id: 'slow', status: 'RUNNING' as const }
    ];
    const runs = await opened(client);
    await runs.last();
    expect(runs.hasUnfinished).toBe(true);
    client.runs = [
      { id: 'fresh' },
      ...manyRuns(120),
      { id: 'slow', status: 'FINISHED' as const }
    ];
    await runs.poll();
    expect([shown(runs)[0], runs.row('slow')?.status, runs.total]).toEqual([
      'fresh',
      'FINISHED',
      122
    ]);
    expect(runs.hasUnfinished).toBe(false);
  });

  it('rejects where the server fails and shows the list as it was', async () => {
    const client = new FakeClient();
    client.runs = [{ id: 'a', status: 'RUNNING' }];
    const runs = await opened(client);
    client.failNext('table', new Error('down'));
    await expect(runs.poll()).rejects.toThrow('down');
    expect([runs.failure, shown(runs)]).toEqual([null, ['a']]);
  });
});

it('restores what it saved', async () => {
  const client = new FakeClient();
  client.runs = manyRuns(3);
  const before = await opened(client);
  before.setQuery('r');
  before.setOrder('attributes.run_name ASC');
  before.setView('all');
  before.setMetric('m');
  before.select('r2');
  const after = new RunsState({ client });
  after.restore(JSON.parse(JSON.stringify(before.save())));
  await after.open('main', ['1']);
  expect(after.save()).toEqual(before.save());
  expect(after.selectedIds).toEqual(['r2']);
});
