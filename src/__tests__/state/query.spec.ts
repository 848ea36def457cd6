import {
  asFilter,
  complete,
  likelyMetric,
  quoteKey,
  recognise,
  searchParameters
} from '../../state/query';

describe('recognise', () => {
  it.each(['', '   '])('takes %j as empty', text => {
    expect(recognise(text)).toBe('empty');
  });

  it.each([
    'metrics.auc > 0.9',
    'metrics.auc>0.9',
    'metric.auc != 1',
    "params.lr = '0.1'",
    'params.`a b/c` = "x"',
    'tags."mlflow.user" LIKE \'%a%\'',
    "attributes.status = 'FAILED'",
    "status = 'FAILED'",
    "run_name ILIKE '%x%'",
    'start_time > 1',
    "run_id IN ('a')",
    "attributes.run_id NOT IN ('a')",
    'tags.x IS NULL',
    'tags.x is not null',
    "(metrics.auc > 0.9 OR params.a = 'b')",
    "NOT params.a = 'b'",
    "dataset.name = 'x'",
    'metrics.val-loss < 1',
    'metrics.auc > > 0.9'
  ])('takes %j as a filter', text => {
    expect(recognise(text)).toBe('filter');
  });

  it.each([
    'metrics.',
    'metrics.auc',
    'params.`a b',
    'tags.x ',
    'attributes.st'
  ])('takes %j as a filter still being typed', text => {
    expect(recognise(text)).toBe('incomplete');
  });

  it.each([
    'baseline',
    'status',
    'status report',
    'a > b',
    'x=1',
    'my metrics.auc > 1',
    'simple__MOMENT-gt-finetune__SAITS__CatBoost',
    'run in the park',
    "'quoted'",
    'params'
  ])('takes %j as text', text => {
    expect(recognise(text)).toBe('text');
  });
});

it('sends each kind by its own parameter', () => {
  expect(searchParameters(' a ')).toEqual({ search: 'a', filter: '' });
  expect(searchParameters(' metrics.a > 1 ')).toEqual({
    search: '',
    filter: 'metrics.a > 1'
  });
});

it.each([
  ['', ''],
  ['metrics.a > 1', 'metrics.a > 1'],
  ['base', "attributes.run_name ILIKE '%base%'"],
  ["it's", 'attributes.run_name ILIKE "%it\'s%"'],
  ['it\'s "x"', '']
])('turns %j into the filter %j', (text, filter) => {
  expect(asFilter(text)).toBe(filter);
});

it.each([
  ['auc', 'auc'],
  ['val/loss', '`val/loss`'],
  ['a b', '`a b`'],
  ['a`b', '"a`b"']
])('quotes the key %j as %j', (key, quoted) => {
  expect(quoteKey(key)).toBe(quoted);
});

describe('complete', () => {
  const columns = {
    metrics: ['auc', 'loss', 'val/auc'],
    params: ['lr'],
    tags: ['mlflow.user']
  };
  const labels = (text: string) =>
    complete(text, text.length, columns).map(({ label }) => label);

  it('offers prefixes, keys and operators in turn', () => {
    expect(labels('me')).toEqual(['metrics.']);
    expect(labels('metrics.a')).toEqual(['metrics.auc', 'metrics.`val/auc`']);
    expect(labels('metrics.auc ')).toContain('>');
    expect(labels('params.lr ')).toContain('LIKE');
    expect(labels('metrics.auc > 0.9 AND pa')).toEqual(['params.']);
  });

  it('stays out of the way of plain text and finished keys', () => {
    expect(labels('baseline')).toEqual([]);
    expect(labels('params.lr')).toEqual([]);
  });

  it('keeps what stands after the caret', () => {
    const [first] = complete('metrics.l > 1', 9, columns);
    expect([first.text, first.caret]).toEqual(['metrics.loss > 1', 12]);
  });
});

it.each([
  [['epoch', 'val_auroc'], 'val_auroc'],
  [['train_acc', 'val_acc'], 'val_acc'],
  [['loss', 'time'], 'loss'],
  [['system/cpu', 'zeta'], 'zeta'],
  [['system/cpu'], 'system/cpu'],
  [[], null]
])('finds of %j the metric %j likely', (keys, metric) => {
  expect(likelyMetric(keys)).toBe(metric);
});
