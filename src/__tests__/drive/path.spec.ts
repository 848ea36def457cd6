import { nameOf, parsePath, toDrivePath, toFullPath } from '../../drive/path';

it.each([
  'a.txt',
  'plots/roc.png',
  '100% a#b ?é.txt',
  'a:b/c',
  'x<img src=y>.txt',
  'tables/deep/er/t.csv',
  ''
])('comes back from the path of %j', path => {
  const location = { connection: 'main', runId: 'abc', path };
  expect(parsePath(toDrivePath(location))).toEqual(location);
  expect(parsePath(toFullPath(location))).toEqual(location);
  const ofModel = { connection: 'main', modelId: 'm-1', path };
  expect(toDrivePath(ofModel)).toMatch(/^main\/models\/m-1/);
  expect(parsePath(toDrivePath(ofModel))).toEqual(ofModel);
  expect(parsePath(toFullPath({ ...ofModel, runId: 'abc' }))).toEqual(ofModel);
});

it.each(['', 'MLflow:', 'MLflow:main', 'main', 'main/', 'main/models/'])(
  'names no run or model in %j',
  path => {
    expect(parsePath(path)).toBeNull();
  }
);

it('takes the last part as the name', () => {
  expect([nameOf('a/b.txt'), nameOf('b.txt')]).toEqual(['b.txt', 'b.txt']);
});
