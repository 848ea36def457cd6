/** The dialog that offers every recipe for the selection, and its options as a form. Loaded when first opened. */
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { FormComponent, HTMLSelect } from '@jupyterlab/ui-components';
import {
  JSONExt,
  type PartialJSONValue,
  type ReadonlyJSONObject
} from '@lumino/coreutils';
import type { FormProps } from '@rjsf/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { RecipeInfo, RecipeProblem } from '../api/types';
import { oneLine } from '../format';
import { isCustom } from '../state/recipes';
import { FormBody } from './submitdialog';

/** What the user chose. */
export interface IRecipeChoice {
  recipe: string;
  /** Those that differ from the recipe's defaults. */
  options: Record<string, unknown>;
}

type Validator = FormProps['validator'];

/** How names are split is a setting, and its form would be longer than all the others. */
const UI = { naming: { 'ui:widget': 'hidden' } };

/** Accepts everything: the server looks at the options too, and says what is wrong with them. */
const UNCHECKED: Validator = {
  isValid: () => true,
  rawValidation: () => ({ errors: [] }),
  toErrorList: () => [],
  validateFormData: () => ({ errors: [], errorSchema: {} })
};

/** JupyterLab's own validator, where the application shares it. */
async function loadValidator(): Promise<Validator> {
  try {
    return (await import('@rjsf/validator-ajv8')).default;
  } catch {
    return UNCHECKED;
  }
}

/** The options that differ from the defaults of their schema. */
export function chosenOptions(
  schema: RecipeInfo['options'],
  options: Record<string, unknown>
): Record<string, unknown> {
  const properties = (schema.properties ?? {}) as Record<
    string,
    { default?: unknown } | undefined
  >;
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) =>
        value !== undefined &&
        !JSONExt.deepEqual(
          value as PartialJSONValue,
          (properties[name]?.default ?? null) as PartialJSONValue
        )
    )
  );
}

export class RecipeForm extends FormBody<IRecipeChoice> {
  constructor(private _options: RecipeForm.IOptions) {
    super();
    this._recipe = _options.recipes[0] ?? null;
    this.addClass('jp-MlflowRecipeForm');
    void loadValidator().then(validator => {
      this._validator = validator;
      if (!this.isDisposed) {
        this.redraw();
      }
    });
  }

  getValue(): IRecipeChoice {
    const recipe = this._recipe;
    return {
      recipe: recipe?.name ?? '',
      options: recipe ? chosenOptions(recipe.options, this._data) : {}
    };
  }

  override check(): string | null {
    const { trans } = this._options;
    if (!this._recipe) {
      return trans.__('No recipe suits what is chosen.');
    }
    const { errors } = (this._validator ?? UNCHECKED).validateFormData(
      this._data,
      this._recipe.options
    );
    return errors.length > 0
      ? errors.map(({ stack }) => oneLine(stack)).join('\n')
      : null;
  }

  protected fields(): JSX.Element {
    const { recipes, problems, translator, trans } = this._options;
    const recipe = this._recipe;
    const properties = Object.keys(recipe?.options.properties ?? {});
    return (
      <>
        {recipe ? (
          <>
            <label>
              {trans.__('Recipe')}
              <HTMLSelect
                name="recipe"
                value={recipe.name}
                onChange={event => this._choose(event.target.value)}
              >
                <Options recipes={recipes.filter(one => !isCustom(one))} />
                {recipes.some(isCustom) && (
                  <optgroup label={trans.__('From packages')}>
                    <Options recipes={recipes.filter(isCustom)} />
                  </optgroup>
                )}
              </HTMLSelect>
            </label>
            <p>{oneLine(recipe.description, 500)}</p>
            {properties.length === 0 && <p>{trans.__('No options.')}</p>}
            {properties.length > 0 && this._validator && (
              <Named>
                <FormComponent
                  key={recipe.name}
                  tagName="div"
                  idPrefix="jp-mlflow-recipe"
                  schema={{ ...recipe.options, title: undefined }}
                  uiSchema={UI}
                  formData={this._data as ReadonlyJSONObject}
                  onChange={({ formData }) => {
                    this._data = (formData ?? {}) as Record<string, unknown>;
                    this.redraw();
                  }}
                  validator={this._validator}
                  translator={translator}
                  showModifiedFromDefault={false}
                  compact
                />
              </Named>
            )}
          </>
        ) : (
          <p>{trans.__('No recipe suits what is chosen.')}</p>
        )}
        {problems.length > 0 && (
          <details>
            <summary>
              {trans._n(
                '%1 recipe is switched off',
                '%1 recipes are switched off',
                problems.length
              )}
            </summary>
            <ul>
              {problems.map(problem => (
                <li key={`${problem.source} ${problem.name}`}>
                  {oneLine(problem.message, 400)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </>
    );
  }

  private _choose(name: string): void {
    this._recipe =
      this._options.recipes.find(recipe => recipe.name === name) ?? null;
    this._data = {};
    this.problem = null;
  }

  private _data: Record<string, unknown> = {};
  private _recipe: RecipeInfo | null;
  private _validator: Validator | null = null;
}

/** The namespace for `RecipeForm` types. */
export namespace RecipeForm {
  /** Options of the constructor. */
  export interface IOptions {
    /** Those that suit the selection. */
    recipes: readonly RecipeInfo[];
    problems: readonly RecipeProblem[];
    translator: ITranslator;
    trans: TranslationBundle;
  }
}

/** Gives the fields names for screen readers, which JupyterLab's form writes beside them only. */
function Named(props: { children: ReactNode }): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const fields = root.current?.querySelectorAll<HTMLInputElement>(
      'input, select, textarea'
    );
    fields?.forEach(field => {
      const group = field.closest('.form-group');
      const label = group?.querySelector('.jp-FormGroup-fieldLabel');
      if (label?.textContent && !field.labels?.length) {
        field.setAttribute('aria-label', label.textContent);
      }
    });
  });
  return <div ref={root}>{props.children}</div>;
}

function Options(props: { recipes: readonly RecipeInfo[] }): JSX.Element {
  return (
    <>
      {props.recipes.map(({ name, title }) => (
        <option key={name} value={name}>
          {oneLine(title, 60)}
        </option>
      ))}
    </>
  );
}
