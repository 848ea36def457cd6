/** The choice between the runs selected and all that match. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { INotebookChoice } from '../notebook/whole';

/** Which runs there are. */
export interface IRunsOffer {
  /** Runs selected. */
  selected: number;
  /** Runs that match the search; null where nobody counted. */
  matching: number | null;
  /** Whether a search narrows the runs. */
  isSearch: boolean;
}

export function RunsChoice(props: {
  offer: IRunsOffer;
  value: INotebookChoice['runs'];
  onChange: (value: INotebookChoice['runs']) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { value, onChange, trans } = props;
  const { selected, matching } = props.offer;
  return (
    <div
      className="jp-MlflowForm-choice"
      role="radiogroup"
      aria-label={trans.__('Runs')}
    >
      <span aria-hidden="true">{trans.__('Runs')}</span>
      <label>
        <input
          type="radio"
          name="runs"
          disabled={selected === 0}
          checked={value === 'selected'}
          onChange={() => onChange('selected')}
        />
        {selected === 0
          ? trans.__('The selected (none)')
          : trans._n('The selected run', 'The %1 selected', selected)}
      </label>
      <label>
        <input
          type="radio"
          name="runs"
          disabled={matching === 0}
          checked={value === 'all'}
          onChange={() => onChange('all')}
        />
        {allText(props.offer, trans)}
      </label>
    </div>
  );
}

function allText(offer: IRunsOffer, trans: TranslationBundle): string {
  const { matching, isSearch } = offer;
  if (matching === null) {
    return isSearch
      ? trans.__('All that match the search')
      : trans.__('All of the chosen experiments');
  }
  const count = matching.toLocaleString();
  return isSearch
    ? trans.__('All %1 that match the search', count)
    : trans.__('All %1 of the chosen experiments', count);
}
