import { ServerConnection } from '@jupyterlab/services';
import { ExplorerClient } from '../../api/client';
import { ArtifactDrive } from '../../drive/drive';

const model = {
  name: 'a b.txt',
  path: 'main/run/a b.txt',
  type: 'file',
  writable: false,
  created: '2024-01-01T00:00:00Z',
  last_modified: '2024-01-01T00:00:00Z',
  size: 1,
  mimetype: 'text/plain',
  format: 'text',
  content: 'x',
  hash: null,
  hash_algorithm: null
};

function drive(asked: URL[]): ArtifactDrive {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/base/',
    fetch: async input => {
      asked.push(new URL((input as Request).url));
      return new Response(JSON.stringify(model), { status: 200 });
    }
  });
  const client = new ExplorerClient({ serverSettings });
  return new ArtifactDrive({ client, serverSettings });
}

it('reads from our contents route, each part of the path encoded', async () => {
  const asked: URL[] = [];
  await drive(asked).get('main/run/100% a#b ?é.txt', { content: true });
  expect(asked[0].pathname).toBe(
    '/base/mlflow-explorer/api/contents/main/run/100%25%20a%23b%20%3F%C3%A9.txt'
  );
  expect(asked[0].searchParams.get('content')).toBe('1');
});

it.each(['audio-provider', 'video-provider'])(
  'leaves the content out for the %s, which streams by URL',
  async contentProviderId => {
    const asked: URL[] = [];
    await drive(asked).get('main/run/a.wav', {
      content: true,
      contentProviderId
    });
    expect(asked[0].searchParams.get('content')).toBe('0');
    expect(asked[0].searchParams.has('contentProviderId')).toBe(false);
  }
);

it('ignores other providers, such as those of collaboration', async () => {
  const asked: URL[] = [];
  await drive(asked).get('main/run/a.txt', {
    content: true,
    contentProviderId: 'rtc'
  });
  expect(asked[0].searchParams.get('content')).toBe('1');
  expect(asked[0].searchParams.has('contentProviderId')).toBe(false);
});

it('gives URLs of our files route, with the XSRF token', async () => {
  document.cookie = '_xsrf=old';
  document.cookie = '_xsrf=2|abc';
  const url = new URL(await drive([]).getDownloadUrl('main/run/a#b.png'));
  expect(url.pathname).toBe(
    '/base/mlflow-explorer/api/files/main/run/a%23b.png'
  );
  expect(url.searchParams.get('_xsrf')).toBe('2|abc');
});

it('refuses to write and knows no checkpoints', async () => {
  const subject = drive([]);
  await expect(subject.save()).rejects.toThrow('read-only');
  await expect(subject.delete()).rejects.toThrow('read-only');
  await expect(subject.rename()).rejects.toThrow('read-only');
  await expect(subject.createCheckpoint()).rejects.toThrow('read-only');
  expect(await subject.listCheckpoints()).toEqual([]);
});

it('is a plain drive for the contents manager', () => {
  const subject = drive([]);
  expect(subject.name).toMatch(/^[^:/]+$/);
  expect(subject.contentProviderRegistry).toBeUndefined();
  expect(subject.sharedModelFactory).toBeUndefined();
  subject.dispose();
  subject.dispose();
  expect(subject.isDisposed).toBe(true);
});
