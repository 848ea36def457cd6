import { ArtifactsState, folderOf } from '../../state/artifacts';
import { FakeClient, settle } from '../fakeclient';

const file = (path: string) => ({
  path,
  name: path.split('/').pop() ?? '',
  is_dir: false,
  size_bytes: 1
});
const folder = (path: string) => ({ ...file(path), is_dir: true });

async function opened(fake: FakeClient): Promise<ArtifactsState> {
  const artifacts = new ArtifactsState({ client: fake });
  artifacts.open('main', 'a');
  await artifacts.load();
  return artifacts;
}

const drawn = (artifacts: ArtifactsState) =>
  artifacts.lines.map(line =>
    line.kind === 'entry'
      ? `${'.'.repeat(line.depth)}${line.entry.name}`
      : `${'.'.repeat(line.depth)}<${line.kind}>`
  );

it('loads folders when they are opened, three deep', async () => {
  const fake = new FakeClient();
  fake.folders = {
    '': [folder('a'), file('x')],
    a: [folder('a/b')],
    'a/b': [folder('a/b/c')],
    'a/b/c': [file('a/b/c/deep')]
  };
  const artifacts = await opened(fake);
  expect(fake.asked).toEqual(['artifacts ']);
  for (const path of ['a', 'a/b', 'a/b/c']) {
    await artifacts.setExpanded(path, true);
  }
  expect(drawn(artifacts)).toEqual(['a', '.b', '..c', '...deep', 'x']);
  await artifacts.setExpanded('a', false);
  await artifacts.setExpanded('a', true);
  expect(fake.asked).toHaveLength(4);
});

it('goes through a long folder page by page', async () => {
  const fake = new FakeClient();
  fake.folders = {
    '': Array.from({ length: 10_000 }, (_, i) => file(`f${i}`))
  };
  const artifacts = await opened(fake);
  expect(artifacts.lines).toHaveLength(1001);
  expect(artifacts.lines[1000].kind).toBe('more');
  artifacts.more('');
  await settle();
  expect(artifacts.lines).toHaveLength(2001);
});

it('says that a folder is empty, and what failed', async () => {
  const fake = new FakeClient();
  fake.folders = { '': [folder('e')], e: [] };
  const artifacts = await opened(fake);
  await artifacts.setExpanded('e', true);
  expect(drawn(artifacts)).toEqual(['e', '.<empty>']);
  fake.failNext('artifacts e', new Error('gone'));
  await artifacts.refresh();
  expect(drawn(artifacts)).toEqual(['e', '.<failed>']);
  artifacts.retry('e');
  await settle();
  expect(drawn(artifacts)).toEqual(['e', '.<empty>']);
});

it('drops the listing of a run that was left', async () => {
  const fake = new FakeClient();
  fake.folders = { '': [file('old')] };
  const artifacts = new ArtifactsState({ client: fake });
  artifacts.open('main', 'a');
  const slow = fake.holdNext('artifacts ');
  void artifacts.load();
  artifacts.open('main', 'b');
  slow.open();
  await settle();
  expect(artifacts.lines).toEqual([]);
});

it.each([
  ['a', ''],
  ['a/b/c', 'a/b'],
  ['', '']
])('finds the folder of %j', (path, parent) => {
  expect(folderOf(path)).toBe(parent);
});
