import type { RecipeInfo } from '../../api/types';
import {
  isCustom,
  RecipesState,
  suits,
  withLibrary,
  type IRecipeScope
} from '../../state/recipes';
import { FakeClient, settle } from '../fakeclient';

function recipe(
  needs: RecipeInfo['needs'],
  more: Partial<RecipeInfo> = {}
): RecipeInfo {
  return {
    name: needs,
    version: 1,
    title: needs,
    description: '',
    needs,
    min_runs: 0,
    max_runs: null,
    options: {},
    source: 'jupyter-mlflow-explorer',
    ...more
  };
}

const none: IRecipeScope = { runs: 0, experiments: 0, hasArtifact: false };

it.each([
  ['none', {}, none, true],
  ['run', { min_runs: 1, max_runs: 1 }, none, false],
  ['run', { min_runs: 1, max_runs: 1 }, { ...none, runs: 1 }, true],
  ['run', { min_runs: 1, max_runs: 1 }, { ...none, runs: 2 }, false],
  ['runs', { min_runs: 2 }, { ...none, runs: 1 }, false],
  ['runs', { min_runs: 2 }, { ...none, runs: 1001 }, true],
  ['runs', { min_runs: 1, max_runs: 1000 }, { ...none, runs: 1001 }, false],
  ['runs', { min_runs: 0 }, none, false],
  ['experiments', {}, { ...none, runs: 3 }, false],
  ['experiments', {}, { ...none, experiments: 1 }, true],
  ['artifact', { min_runs: 1 }, { ...none, runs: 1 }, false],
  ['artifact', { min_runs: 1 }, { ...none, runs: 1, hasArtifact: true }, true]
] as const)('tells whether a recipe for %s %j suits %j', (...row) => {
  const [needs, more, scope, expected] = row;
  expect(suits(recipe(needs, more), scope)).toBe(expected);
});

it('gives the library of the settings to recipes that have the choice', () => {
  const library = { enum: ['matplotlib', 'plotly'], default: 'matplotlib' };
  const plot = recipe('runs', { options: { properties: { library } } });
  const table = recipe('runs', { options: { properties: {} } });
  expect(withLibrary(plot, 'plotly')).toEqual({ library: 'plotly' });
  expect(withLibrary(plot, 'plotly', { keys: ['a'] })).toEqual({
    keys: ['a'],
    library: 'plotly'
  });
  // The caller's own choice, the default, and one that the recipe does not know stay out of it.
  expect(withLibrary(plot, 'plotly', { library: 'matplotlib' })).toEqual({
    library: 'matplotlib'
  });
  expect(withLibrary(plot, 'matplotlib')).toEqual({});
  expect(withLibrary(plot, 'altair')).toEqual({});
  expect(withLibrary(table, 'plotly')).toEqual({});
  expect(withLibrary(undefined, 'plotly', { a: 1 })).toEqual({ a: 1 });
});

it('asks once, again after a failure, and tells ours from others', async () => {
  const client = new FakeClient();
  client.recipeList = [
    recipe('runs', { name: 'ours' }),
    recipe('runs', { name: 'theirs', source: 'survival_recipes' })
  ];
  client.recipeProblems = [
    { name: 'broken', source: 'survival_recipes', message: 'no module x' }
  ];
  client.failNext('recipes', new Error('down'));
  const recipes = new RecipesState({ client });
  await recipes.load();
  expect(recipes.failure?.message).toBe('down');
  expect(recipes.list).toEqual([]);

  const changed = jest.fn();
  recipes.stateChanged.connect(changed);
  await Promise.all([recipes.load(), recipes.load()]);
  await recipes.load();
  await settle();
  expect(client.count('recipes')).toBe(2);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(recipes.failure).toBeNull();
  expect(recipes.custom.map(({ name }) => name)).toEqual(['theirs']);
  expect(recipes.problems[0].name).toBe('broken');
  expect(recipes.get('ours')?.needs).toBe('runs');
  expect(isCustom(recipe('runs'))).toBe(false);
});
