import type { Connection } from '../../api/types';
import {
  absoluteUri,
  KernelAnswerError,
  matching,
  parse
} from '../../notebook/trackinguri';

const connection = (id: string, tracking_uri: string): Connection => ({
  id,
  name: id,
  kind: 'database',
  tracking_uri,
  registry_uri: null,
  origin: 'user',
  is_default: false,
  removable: true
});

const answer = (value: unknown): unknown => ({
  status: 'ok',
  data: {
    'text/plain': `'${Buffer.from(JSON.stringify(value)).toString('hex')}'`
  }
});

it('reads what the kernel says, whatever is in it', () => {
  const odd = "sqlite:////tmp/it's \\ é 🎉.db";
  expect(parse(answer([odd, '/home/me']))).toEqual({
    uri: odd,
    workingDir: '/home/me'
  });
});

it.each([
  [
    { status: 'error', ename: 'ModuleNotFoundError', evalue: 'mlflow' },
    'no-mlflow'
  ],
  [{ status: 'error', ename: 'ValueError', evalue: 'x' }, 'failed'],
  [undefined, 'failed'],
  [{ status: 'ok', data: { 'text/plain': "'zz'" } }, 'failed'],
  [answer({ uri: 'x' }), 'failed']
])('says why there is no answer: %j', (reply, reason) => {
  expect.assertions(2);
  try {
    parse(reply);
  } catch (error) {
    expect(error).toBeInstanceOf(KernelAnswerError);
    expect((error as KernelAnswerError).reason).toBe(reason);
  }
});

it.each([
  ['sqlite:///mlflow.db', 'sqlite:////home/me/mlflow.db'],
  ['sqlite:///../mlflow.db?x=1', 'sqlite:////home/mlflow.db?x=1'],
  ['sqlite:////data/./mlflow.db', 'sqlite:////data/mlflow.db'],
  [
    'sqlite:///file:/d.db?mode=ro&uri=true',
    'sqlite:///file:/d.db?mode=ro&uri=true'
  ],
  ['./mlruns', 'file:///home/me/mlruns'],
  ['/data/ml runs', 'file:///data/ml runs'],
  ['file:///data/ml%20runs', 'file:///data/ml runs'],
  ['file:mlruns', 'file:///home/me/mlruns'],
  ['http://host:5000/', 'http://host:5000'],
  ['https://host/a@b/?token=x', 'https://host/a@b'],
  ['databricks', 'databricks'],
  ['databricks://profile', 'databricks://profile'],
  ['postgresql://host/db', 'postgresql://host/db']
])('makes %s absolute', (uri, expected) => {
  expect(absoluteUri({ uri, workingDir: '/home/me' })).toBe(expected);
});

it('finds the connection to the same store, credentials aside', () => {
  const all = [
    connection('files', 'file:///data/mlruns'),
    connection('server', 'https://***@host/mlflow'),
    connection('local', 'sqlite:////home/me/mlflow.db')
  ];
  const find = (uri: string): string | undefined =>
    matching(all, { uri, workingDir: '/home/me' })?.id;
  expect(find('sqlite:///mlflow.db')).toBe('local');
  expect(find('https://host/mlflow/')).toBe('server');
  expect(find('/data/mlruns')).toBe('files');
  expect(find('https://host')).toBeUndefined();
});
