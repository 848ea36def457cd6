/** Params, metrics and tags of a run: long tables that are filtered in place and shown piece by piece. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useState, type ReactNode } from 'react';
import { oneLine } from '../format';
import { CopyButton, TextButton } from './controls';

/** Rows shown at first, and added by each request for more. */
const STEP = 100;
/** Below this number a filter would be longer than the table. */
const FILTER_FROM = 10;

/** One line: a key and its value as text, and how to draw it where text is not enough. */
export interface IEntry {
  readonly name: string;
  /** What is shown, and looked for by the filter. */
  readonly text: string;
  /** What is copied; the text where left out. */
  readonly exact?: string;
  readonly extra?: ReactNode;
}

export interface IEntriesProps {
  /** Accessible name of the table. */
  label: string;
  entries: readonly IEntry[];
  onCopy: (value: string) => void;
  /** The names now shown; called when they change. */
  onLook?: (names: readonly string[]) => void;
  trans: TranslationBundle;
}

export function Entries(props: IEntriesProps): JSX.Element {
  const { entries, onLook, trans } = props;
  const [filter, setFilter] = useState('');
  const [limit, setLimit] = useState(STEP);
  const wanted = filter.trim().toLowerCase();
  const matching = wanted
    ? entries.filter(
        entry =>
          entry.name.toLowerCase().includes(wanted) ||
          entry.text.toLowerCase().includes(wanted)
      )
    : entries;
  const shown = matching.slice(0, limit);
  const names = shown.map(entry => entry.name);
  const namesKey = names.join('\n');
  const hasExtra = shown.some(entry => entry.extra);
  useEffect(() => {
    onLook?.(names);
    // `names` is new in each render; what counts is what it holds.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [namesKey]);

  return (
    <>
      {entries.length >= FILTER_FROM && (
        <input
          type="search"
          className="jp-mod-styled jp-MlflowEntries-filter"
          aria-label={trans.__('Filter %1', props.label)}
          placeholder={trans.__('Filter')}
          value={filter}
          onChange={event => setFilter(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Escape' && filter) {
              event.stopPropagation();
              setFilter('');
            }
          }}
        />
      )}
      <table className="jp-MlflowEntries" aria-label={props.label}>
        {/* Names are cut last: the extra column is there only where something is in it. */}
        <colgroup>
          <col className={onLook ? undefined : 'jp-MlflowEntries-name'} />
          {hasExtra && <col className="jp-MlflowEntries-extra" />}
          <col className={onLook ? 'jp-MlflowEntries-number' : undefined} />
        </colgroup>
        <tbody>
          {shown.map((entry, index) => (
            <tr key={`${entry.name} ${index}`}>
              <th
                scope="row"
                colSpan={hasExtra && !entry.extra ? 2 : undefined}
                title={oneLine(entry.name)}
              >
                {entry.name}
              </th>
              {entry.extra && <td>{entry.extra}</td>}
              <td title={oneLine(entry.exact ?? entry.text, 1000)}>
                <span className="jp-MlflowEntries-value">{entry.text}</span>
                <CopyButton
                  label={trans.__('Copy %1', oneLine(entry.name, 60))}
                  value={entry.exact ?? entry.text}
                  onCopy={props.onCopy}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {matching.length === 0 && (
        <div className="jp-MlflowEntries-none">
          {trans.__('Nothing matches.')}
        </div>
      )}
      {matching.length > shown.length && (
        <div className="jp-MlflowEntries-none">
          {trans.__('Showing %1 of %2', shown.length, matching.length)}{' '}
          <TextButton
            label={trans.__('Show more')}
            onClick={() => setLimit(limit + STEP)}
          />
        </div>
      )}
    </>
  );
}
