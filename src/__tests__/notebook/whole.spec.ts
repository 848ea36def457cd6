import {
  derivedColumns,
  fileNameOf,
  isSearchable,
  notebookRequest,
  pathOf,
  type INotebookChoice,
  type INotebookScope
} from '../../notebook/whole';

const choice: INotebookChoice = {
  title: ' Tumours ',
  template: 'observation',
  runs: 'all',
  rankBy: '',
  groupBy: '',
  sections: 20,
  folder: '/notes/',
  file: 'tumours'
};
const scope: INotebookScope = {
  connection: 'main',
  selectedIds: ['a', 'b'],
  experimentIds: ['1'],
  query: '',
  order: 'metrics.auc DESC',
  view: 'active',
  naming: null
};

it.each([
  ['Demo: tumour classifiers', 'Demo tumour classifiers.ipynb'],
  ['naïve Ärzte 5 %', 'naïve Ärzte 5.ipynb'],
  ['../../etc/passwd', 'etc passwd.ipynb'],
  ['…', 'MLflow runs.ipynb'],
  ['x'.repeat(200), `${'x'.repeat(80)}.ipynb`]
])('makes a file name of the title %j', (title, expected) => {
  expect(fileNameOf(title)).toBe(expected);
});

it.each([
  ['', 'a', 'a.ipynb'],
  ['notes/', ' a.ipynb ', 'notes/a.ipynb'],
  ['/x/y', 'B.IPYNB', 'x/y/B.IPYNB']
])('joins folder %j and file %j', (folder, file, expected) => {
  expect(pathOf(folder, file, '.ipynb')).toBe(expected);
});

it('asks for the selected runs by id', () => {
  const body = notebookRequest({ ...choice, runs: 'selected' }, scope, null);
  expect(body).toMatchObject({
    connection: 'main',
    title: 'Tumours',
    path: 'notes/tumours.ipynb',
    template: 'observation',
    recipe: null,
    run_ids: ['a', 'b'],
    filter: null,
    order_by: [],
    rank_by: null,
    sections: 20
  });
});

it('asks for all by the filter and order of the panel', () => {
  const query = 'metrics.auc > 0.9';
  const body = notebookRequest(
    { ...choice, rankBy: 'auc' },
    { ...scope, query },
    null
  );
  expect(body.run_ids).toEqual([]);
  expect(body.experiment_ids).toEqual(['1']);
  expect(body.filter).toBe(query);
  expect(body.order_by).toEqual(['metrics.auc DESC']);
  expect(body.rank_by).toBe('auc');
});

it('asks for all by id where no filter can say which', () => {
  expect(isSearchable(scope)).toBe(true);
  expect(isSearchable({ ...scope, query: 'metrics.auc > 0.9' })).toBe(true);
  expect(isSearchable({ ...scope, query: 'catboost' })).toBe(false);
  expect(isSearchable({ ...scope, view: 'deleted' })).toBe(false);
  const body = notebookRequest(choice, { ...scope, query: 'cat' }, ['x']);
  expect(body).toMatchObject({ run_ids: ['x'], filter: null, order_by: [] });
});

it('passes on how names are split, and groups by a column of them', () => {
  const naming = {
    pattern: '{featurization}__{outlier}__{classifier}',
    source: 'attributes.run_name',
    registry: 'names.yaml'
  };
  expect(derivedColumns(naming)).toEqual([
    'derived.featurization',
    'derived.outlier',
    'derived.classifier'
  ]);
  expect(derivedColumns(null)).toEqual([]);
  const body = notebookRequest(
    { ...choice, groupBy: 'derived.outlier' },
    { ...scope, naming },
    null
  );
  expect(body).toMatchObject({ naming, group_by: ['derived.outlier'] });
});
