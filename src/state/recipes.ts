/** What can be inserted: the server's list of recipes, asked for once. */
import type { IExplorerClient } from '../api/client';
import { failureOf, type IFailure } from '../api/errors';
import type { RecipeInfo, RecipeProblem } from '../api/types';
import { Observable } from './observable';

/** The `source` of recipes that are not from another package. */
const OURS = 'jupyter-mlflow-explorer';

/** What one request for cells may name; the server has the same limit. */
export const MAX_RUNS = 1000;

/** What a recipe could work on. */
export interface IRecipeScope {
  readonly runs: number;
  readonly experiments: number;
  readonly hasArtifact: boolean;
}

/** Whether a recipe has what it needs. */
export function suits(recipe: RecipeInfo, scope: IRecipeScope): boolean {
  const { needs, min_runs, max_runs } = recipe;
  const fits =
    scope.runs >= (min_runs ?? 0) &&
    (max_runs === null || max_runs === undefined || scope.runs <= max_runs);
  switch (needs) {
    case 'none':
      return true;
    case 'experiments':
      return scope.experiments > 0;
    case 'artifact':
      return scope.hasArtifact && fits;
    default:
      return scope.runs > 0 && fits;
  }
}

/** Whether a recipe comes from a package that the user installed beside ours. */
export function isCustom(recipe: RecipeInfo): boolean {
  return recipe.source !== OURS;
}

/**
 * The options of a recipe, with the library that draws where the recipe has this choice and the caller made none.
 *
 * Left out where it is the recipe's own default, so that a cell's metadata says only what was chosen.
 */
export function withLibrary(
  recipe: RecipeInfo | undefined,
  library: string,
  options: Record<string, unknown> = {}
): Record<string, unknown> {
  const properties = (recipe?.options?.properties ?? {}) as Record<
    string,
    { enum?: unknown[]; default?: unknown } | undefined
  >;
  const choice = properties.library;
  return choice?.enum?.includes(library) &&
    choice.default !== library &&
    options.library === undefined
    ? { ...options, library }
    : options;
}

export class RecipesState extends Observable {
  constructor(options: { client: IExplorerClient }) {
    super();
    this._client = options.client;
  }

  /** All recipes in the order of the menu; empty before they are there. */
  get list(): readonly RecipeInfo[] {
    return this._list;
  }

  /** Those of other packages. */
  get custom(): readonly RecipeInfo[] {
    return this._list.filter(isCustom);
  }

  /** Recipes that could not be loaded, with the reason. */
  get problems(): readonly RecipeProblem[] {
    return this._problems;
  }

  get failure(): IFailure | null {
    return this._failure;
  }

  get(name: string): RecipeInfo | undefined {
    return this._list.find(recipe => recipe.name === name);
  }

  /** Ask the server, unless it answered before; never rejects, see `failure`. */
  load(): Promise<void> {
    this._loading ??= this._load();
    return this._loading;
  }

  private async _load(): Promise<void> {
    try {
      const { recipes, problems } = await this._client.recipes();
      this._list = recipes;
      this._problems = problems ?? [];
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
      this._loading = undefined;
    }
    this.emit();
  }

  private _client: IExplorerClient;
  private _failure: IFailure | null = null;
  private _list: readonly RecipeInfo[] = [];
  private _loading: Promise<void> | undefined;
  private _problems: readonly RecipeProblem[] = [];
}
