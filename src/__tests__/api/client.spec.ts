import { ServerConnection } from '@jupyterlab/services';
import { ExplorerClient } from '../../api/client';
import { ExplorerError, failureOf } from '../../api/errors';
import { fromWire } from '../../api/types';

function client(
  answer: () => Response | Promise<Response>,
  asked: Request[] = []
): ExplorerClient {
  return new ExplorerClient({
    serverSettings: ServerConnection.makeSettings({
      baseUrl: 'http://localhost/base/',
      init: { cache: 'default' },
      fetch: async input => {
        asked.push(input as Request);
        return answer();
      }
    })
  });
}
const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status });

it('repeats keys of lists and leaves out what is empty', async () => {
  const asked: Request[] = [];
  await client(() => json({ run_ids: [], columns: [] }), asked).table({
    connection: 'a b',
    experimentIds: ['1', '2'],
    columns: ['attributes.run_name', 'metrics.val/loss'],
    search: '',
    filter: "params.a = 'é&b'",
    pageToken: null
  });
  const url = new URL(asked[0].url);
  expect(url.pathname).toBe('/base/mlflow-explorer/api/runs/table');
  expect([...url.searchParams]).toEqual([
    ['connection', 'a b'],
    ['experiment_id', '1'],
    ['experiment_id', '2'],
    ['columns', 'attributes.run_name'],
    ['columns', 'metrics.val/loss'],
    ['filter', "params.a = 'é&b'"]
  ]);
});

it('encodes ids in paths', async () => {
  const asked: Request[] = [];
  await client(() => json({}), asked).run('main', 'a/../b?c');
  expect(new URL(asked[0].url).pathname).toBe(
    '/base/mlflow-explorer/api/runs/a%2F..%2Fb%3Fc'
  );
});

it('throws the message, code and position of an error body', async () => {
  const body = {
    message: 'Expected a number.',
    reason: 'Bad Request',
    code: 'bad_filter',
    position: 7
  };
  const error: unknown = await client(() => json(body, 400))
    .connections()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ExplorerError);
  expect(failureOf(error)).toEqual({
    message: 'Expected a number.',
    code: 'bad_filter',
    position: 7
  });
});

it.each([
  [502, 'error'],
  [404, 'not_found'],
  [403, 'forbidden']
])('makes do with a proxy page (%p)', async (status, code) => {
  const page = () =>
    new Response('<html>', { status, statusText: 'Something' });
  const error: unknown = await client(page)
    .connections()
    .catch((reason: unknown) => reason);
  expect(failureOf(error)).toMatchObject({
    message: `${status} Something`,
    code
  });
});

it('says that an answer is not JSON', async () => {
  const error: unknown = await client(() => new Response('<html>'))
    .connections()
    .catch((reason: unknown) => reason);
  expect(failureOf(error).code).toBe('not_json');
});

it('knows when Jupyter itself does not answer', async () => {
  const error: unknown = await client(() =>
    Promise.reject(new TypeError('failed'))
  )
    .connections()
    .catch((reason: unknown) => reason);
  expect(failureOf(error).code).toBe('jupyter_unreachable');
});

it('reads the start of a file and learns its size', async () => {
  const asked: Request[] = [];
  const head = await client(
    () =>
      new Response('abc', {
        status: 206,
        headers: { 'Content-Range': 'bytes 0-2/1000' }
      }),
    asked
  ).head('main/run/a', 3);
  expect([head.sizeBytes, head.bytes.byteLength]).toEqual([1000, 3]);
  expect(asked[0].headers.get('Range')).toBe('bytes=0-2');
});

it('takes an unsatisfiable range as an empty file', async () => {
  const head = await client(() => json({}, 416)).head('main/run/a', 3);
  expect([head.sizeBytes, head.bytes.byteLength]).toEqual([0, 0]);
});

it('answers nothing for 204', async () => {
  const answer = client(() => new Response(null, { status: 204 }));
  expect(await answer.removeConnection('x')).toBeUndefined();
});

it.each([
  [1.5, 1.5],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['7', NaN],
  [null, NaN]
])('takes %p from the wire as %p', (wire, number) => {
  expect(fromWire(wire)).toBe(number);
});
