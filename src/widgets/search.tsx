/** The search box: plain text or a filter, completion of known keys, errors and help in place. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { IFailure } from '../api/errors';
import type { Columns } from '../api/types';
import { complete, recognise, type ICompletion } from '../state/query';
import { IconButton } from './controls';

/** How long typing must rest before the list is asked for. */
const REST_MS = 350;

export interface ISearchBoxProps {
  /** What is applied now. */
  query: string;
  /** Known keys, for completion. */
  columns: Columns | undefined;
  /** The server's complaint about the applied filter; null where there is none. */
  failure: IFailure | null;
  onQuery: (query: string) => void;
  trans: TranslationBundle;
}

export function SearchBox(props: ISearchBoxProps): JSX.Element {
  const { query, columns, failure, onQuery, trans } = props;
  const [draft, setDraft] = useState(query);
  const [completions, setCompletions] = useState<ICompletion[]>([]);
  const [chosen, setChosen] = useState(-1);
  const [showsHelp, setShowsHelp] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const applied = useRef(query);
  const id = useId();

  // A query set from elsewhere (a command, another connection) replaces the draft; an echo of our own does not.
  useEffect(() => {
    if (query !== applied.current) {
      applied.current = query;
      setDraft(query);
    }
  }, [query]);

  const apply = (text: string): void => {
    applied.current = text.trim();
    onQuery(text.trim());
  };

  useEffect(() => {
    if (draft.trim() === applied.current || recognise(draft) === 'incomplete') {
      return;
    }
    const timer = setTimeout(() => apply(draft), REST_MS);
    return () => clearTimeout(timer);
    // `apply` only reads what is current when it is called.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [draft]);

  const closeCompletions = (): void => {
    setCompletions([]);
    setChosen(-1);
  };
  const edit = (text: string, caret: number): void => {
    setDraft(text);
    setCompletions(complete(text, caret, columns));
    setChosen(-1);
  };
  const take = (completion: ICompletion): void => {
    setDraft(completion.text);
    const next = complete(completion.text, completion.caret, columns);
    setCompletions(next);
    setChosen(-1);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(completion.caret, completion.caret);
    });
  };
  const clear = (): void => {
    setDraft('');
    closeCompletions();
    apply('');
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const count = completions.length;
    if (count > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen(
        (chosen + step + count + (chosen < 0 && step < 0 ? 1 : 0)) % count
      );
    } else if (count > 0 && chosen >= 0 && /^(Enter|Tab)$/.test(event.key)) {
      event.preventDefault();
      take(completions[chosen]);
    } else if (event.key === 'Enter') {
      closeCompletions();
      apply(draft);
    } else if (event.key === 'Escape') {
      if (count > 0 || draft) {
        event.preventDefault();
        event.stopPropagation();
      }
      if (count > 0) {
        closeCompletions();
      } else if (draft) {
        clear();
      }
    }
  };

  const kind = recognise(draft);
  const showsError = failure !== null && draft.trim() === query;
  return (
    <div
      className="jp-MlflowSearch"
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          closeCompletions();
        }
      }}
    >
      <div className="jp-MlflowSearch-line">
        <div className="jp-MlflowSearch-field">
          <input
            ref={input}
            type="text"
            className="jp-mod-styled jp-MlflowSearch-input"
            role="combobox"
            aria-label={trans.__('Search runs')}
            aria-autocomplete="list"
            aria-expanded={completions.length > 0}
            aria-controls={`${id}-completions`}
            aria-activedescendant={
              chosen >= 0 ? `${id}-completion-${chosen}` : undefined
            }
            aria-invalid={showsError}
            aria-describedby={showsError ? `${id}-error` : undefined}
            placeholder={trans.__('Search, or metrics.auc > 0.9')}
            spellCheck={false}
            autoComplete="off"
            value={draft}
            onChange={event =>
              edit(
                event.target.value,
                event.target.selectionStart ?? event.target.value.length
              )
            }
            onKeyDown={onKeyDown}
          />
          {(kind === 'filter' || kind === 'incomplete') && (
            <span className="jp-MlflowTag jp-MlflowSearch-kind">
              {trans.__('filter')}
            </span>
          )}
          {draft && (
            <IconButton
              icon={closeIcon}
              label={trans.__('Clear search')}
              onClick={clear}
            />
          )}
        </div>
        <button
          type="button"
          className="jp-MlflowButton jp-mod-icon"
          aria-label={trans.__('Help on searching')}
          title={trans.__('Help on searching')}
          aria-expanded={showsHelp}
          onClick={() => setShowsHelp(!showsHelp)}
        >
          ?
        </button>
      </div>
      {completions.length > 0 && (
        <ul
          id={`${id}-completions`}
          className="jp-MlflowSearch-completions"
          role="listbox"
          aria-label={trans.__('Completions')}
        >
          {completions.map((completion, index) => (
            <li
              key={completion.label}
              id={`${id}-completion-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={index === chosen ? 'jp-mod-active' : undefined}
              onMouseDown={event => {
                event.preventDefault();
                take(completion);
              }}
            >
              {completion.label}
            </li>
          ))}
        </ul>
      )}
      {kind === 'incomplete' && (
        <div className="jp-MlflowSearch-hint">
          {trans.__("Add a comparison, for example > 0.9 or = 'adam'.")}
        </div>
      )}
      {showsError && failure && (
        <FilterError id={`${id}-error`} query={query} failure={failure} />
      )}
      {showsHelp && (
        <SearchHelp
          trans={trans}
          onTake={example => {
            setShowsHelp(false);
            setDraft(example);
            apply(example);
            input.current?.focus();
          }}
        />
      )}
    </div>
  );
}

/** What the server says about the filter, and the place in it. */
function FilterError(props: {
  id: string;
  query: string;
  failure: IFailure;
}): JSX.Element {
  const { query, failure } = props;
  const at = failure.position;
  return (
    <div id={props.id} className="jp-MlflowSearch-error" role="alert">
      <div>{failure.message}</div>
      {at !== null && (
        <code>
          {query.slice(0, at)}
          <mark>{query.slice(at, at + 1) || ' '}</mark>
          {query.slice(at + 1)}
        </code>
      )}
    </div>
  );
}

const EXAMPLES = [
  'metrics.auc > 0.9',
  "params.optimizer = 'adam'",
  "tags.`mlflow.source.name` LIKE '%train%'",
  "attributes.status = 'FAILED'",
  "attributes.run_name ILIKE '%baseline%'",
  "metrics.loss < 0.2 AND params.depth != '4'"
];

function SearchHelp(props: {
  trans: TranslationBundle;
  onTake: (example: string) => void;
}): JSX.Element {
  const { trans } = props;
  return (
    <div
      className="jp-MlflowSearch-help"
      role="region"
      aria-label={trans.__('Help on searching')}
    >
      <p>
        {trans.__(
          'Plain text is looked for in run names, ids, params and tags. A key with a comparison is an MLflow filter:'
        )}
      </p>
      <ul>
        {EXAMPLES.map(example => (
          <li key={example}>
            <button
              type="button"
              className="jp-MlflowSearch-example"
              title={trans.__('Use this example')}
              onClick={() => props.onTake(example)}
            >
              {example}
            </button>
          </li>
        ))}
      </ul>
      <p>
        {trans.__(
          'Put keys with spaces or slashes in backticks. Escape clears the search.'
        )}
      </p>
    </div>
  );
}
