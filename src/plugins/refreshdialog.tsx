/** Asks before text of the user is overwritten: each edited cell with the difference, kept unless chosen otherwise. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { diffLines } from 'diff';
import { FormBody } from './submitdialog';

/** A cell that the user edited: what it says, and what it would say. */
export interface IEditedCell {
  /** In the notebook, from 0. */
  readonly index: number;
  readonly recipe: string;
  readonly mine: string;
  /** Null where the cell would go. */
  readonly fresh: string | null;
}

/** Unchanged lines shown around a change. */
const AROUND = 2;

interface ILine {
  readonly kind: 'same' | 'mine' | 'fresh' | 'gap';
  readonly text: string;
}

/** The lines of both texts, in order; longer stretches of equal ones are one gap. */
export function differenceOf(mine: string, fresh: string): ILine[] {
  const lines: ILine[] = [];
  const parts = diffLines(`${mine}\n`, `${fresh}\n`);
  parts.forEach(({ value, added, removed }, part) => {
    const texts = value.replace(/\n$/, '').split('\n');
    const kind = added ? 'fresh' : removed ? 'mine' : 'same';
    if (kind !== 'same' || texts.length <= 2 * AROUND + 1) {
      lines.push(...texts.map(text => ({ kind, text }) as const));
      return;
    }
    const before = part === 0 ? [] : texts.slice(0, AROUND);
    const after = part === parts.length - 1 ? [] : texts.slice(-AROUND);
    lines.push(
      ...before.map(text => ({ kind: 'same', text }) as const),
      { kind: 'gap', text: '⋯' },
      ...after.map(text => ({ kind: 'same', text }) as const)
    );
  });
  return lines;
}

const SIGNS = { same: ' ', mine: '−', fresh: '+', gap: ' ' } as const;

/** The body of the dialog. Its value: indices of the cells that stay as they are. */
export class RefreshForm extends FormBody<number[]> {
  constructor(
    private _edited: readonly IEditedCell[],
    private _summary: string,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlflowRefresh');
    this._differences = _edited.map(({ mine, fresh }) =>
      differenceOf(mine, fresh ?? '')
    );
  }

  getValue(): number[] {
    return this._edited
      .map(({ index }) => index)
      .filter(index => !this._overwritten.has(index));
  }

  protected fields(): JSX.Element {
    const trans = this._trans;
    return (
      <>
        <p>{this._summary}</p>
        <p>
          {trans._n(
            'You edited %1 of the cells. It stays as it is unless you choose otherwise.',
            'You edited %1 of the cells. They stay as they are unless you choose otherwise.',
            this._edited.length
          )}
        </p>
        {this._edited.map((cell, i) => (
          <fieldset
            key={cell.index}
            className="jp-MlflowRefresh-cell jp-MlflowForm-choice"
          >
            <legend>
              {trans.__('Cell %1, recipe %2', cell.index + 1, cell.recipe)}
            </legend>
            <label>
              <input
                type="checkbox"
                checked={this._overwritten.has(cell.index)}
                onChange={event =>
                  this._set(cell.index, event.currentTarget.checked)
                }
              />
              {cell.fresh === null
                ? trans.__('Remove my cell: its run is not shown any more')
                : trans.__('Overwrite my text with today’s')}
            </label>
            <pre
              className="jp-MlflowRefresh-difference"
              tabIndex={0}
              aria-label={trans.__('Difference')}
            >
              {this._differences[i].map(({ kind, text }, line) => (
                <div key={line} className={`jp-mod-${kind}`}>
                  <span aria-hidden="true">{SIGNS[kind]} </span>
                  {kind === 'mine' && (
                    <span className="jp-MlflowHidden">
                      {trans.__('mine:')}{' '}
                    </span>
                  )}
                  {kind === 'fresh' && (
                    <span className="jp-MlflowHidden">
                      {trans.__('today:')}{' '}
                    </span>
                  )}
                  {text || ' '}
                </div>
              ))}
            </pre>
          </fieldset>
        ))}
      </>
    );
  }

  private _set(index: number, isOverwritten: boolean): void {
    if (isOverwritten) {
      this._overwritten.add(index);
    } else {
      this._overwritten.delete(index);
    }
    this.redraw();
  }

  private _differences: ILine[][];
  private _overwritten = new Set<number>();
}
