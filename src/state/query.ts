/**
 * What the text in the search box means, and what may come next in it. Pure.
 *
 * The rule: text is an MLflow filter as soon as a key is followed by an operator, where a key is `metrics.…`,
 * `params.…`, `tags.…`, `attributes.…` or `datasets.…`, or one of MLflow's bare attributes (`status`, `run_name`, …).
 * Text that ends in such a prefixed key is a filter still being typed. All else is plain text to look for.
 */
import type { Columns } from '../api/types';

/** `incomplete` is a filter that lacks its operator; it is not sent until the user insists with Enter. */
export type SearchKind = 'empty' | 'text' | 'filter' | 'incomplete';

const ENTITY =
  '(?:metrics?|params?|parameters?|tags?|attributes?|attr|run|datasets?)';
const BARE_ATTRIBUTE =
  '(?:status|run_id|run_name|user_id|artifact_uri|start_time|end_time)';
const NAME = '(?:`[^`]+`|"[^"]+"|[\\w./-]+)';
const OPERATOR =
  '(?:[<>]=?|!=|=|not\\s+i?like\\b|i?like\\b|not\\s+in\\b|in\\b|is\\s+(?:not\\s+)?null\\b)';
const KEY = `(?:${ENTITY}\\s*\\.\\s*${NAME}|${BARE_ATTRIBUTE})`;

const FILTER = new RegExp(
  `^\\s*(?:not\\b\\s*|\\(\\s*)*${KEY}\\s*${OPERATOR}`,
  'i'
);
const INCOMPLETE = new RegExp(
  `^\\s*(?:not\\b\\s*|\\(\\s*)*(?:metrics|params|tags|attributes|datasets)\\.(?:${NAME}|[\`"][^\`"]*)?\\s*$`
);

/** Tell what the text is, by the rule above. */
export function recognise(text: string): SearchKind {
  if (!text.trim()) {
    return 'empty';
  }
  if (FILTER.test(text)) {
    return 'filter';
  }
  return INCOMPLETE.test(text) ? 'incomplete' : 'text';
}

/** The two query parameters that stand for the text; an incomplete filter is sent as text. */
export function searchParameters(text: string): {
  search: string;
  filter: string;
} {
  const trimmed = text.trim();
  return recognise(trimmed) === 'filter'
    ? { search: '', filter: trimmed }
    : { search: trimmed, filter: '' };
}

/**
 * A filter expression that stands for the text where only filters will do (code to insert).
 *
 * Plain text becomes a search in run names, the only field that one MLflow condition can look at. Empty where no
 * literal can hold the text (MLflow has no escape for a text with both kinds of quotes).
 */
export function asFilter(text: string): string {
  const { search, filter } = searchParameters(text);
  if (!search) {
    return filter;
  }
  const quote = !search.includes("'") ? "'" : !search.includes('"') ? '"' : '';
  return quote ? `attributes.run_name ILIKE ${quote}%${search}%${quote}` : '';
}

/** A key as filters and orders want it: quoted where it is more than a word. */
export function quoteKey(key: string): string {
  if (/^\w+$/.test(key)) {
    return key;
  }
  return key.includes('`') ? `"${key}"` : `\`${key}\``;
}

/** One thing that may come next: what to show, and the whole text after taking it. */
export interface ICompletion {
  readonly label: string;
  readonly text: string;
  readonly caret: number;
}

const PREFIXES = ['metrics.', 'params.', 'tags.', 'attributes.'] as const;
const ATTRIBUTES = [
  'run_name',
  'status',
  'start_time',
  'end_time',
  'user_id',
  'run_id',
  'artifact_uri'
];
const OPERATORS: Record<string, readonly string[]> = {
  metrics: ['>', '>=', '<', '<=', '=', '!='],
  params: ['=', '!=', 'LIKE', 'ILIKE'],
  tags: ['=', '!=', 'LIKE', 'ILIKE'],
  attributes: ['=', '!=', '>', '<', 'LIKE', 'ILIKE']
};
/** More would not be read; typing one letter more narrows it. */
const MAX_COMPLETIONS = 20;

/**
 * Complete the word before the caret: entity prefixes, known keys, then operators.
 *
 * Plain words complete to prefixes only, so that looking for text stays undisturbed.
 */
export function complete(
  text: string,
  caret: number,
  columns: Columns | undefined
): ICompletion[] {
  const before = text.slice(0, caret);
  const after = text.slice(caret);
  const take = (start: number, word: string): ICompletion => ({
    label: word,
    text: before.slice(0, start) + word + after,
    caret: start + word.length
  });

  const key =
    /\b(metrics|params|tags|attributes)\.([`"]?)([^`"\s=<>!()]*)$/.exec(before);
  if (key) {
    const known =
      key[1] === 'attributes'
        ? ATTRIBUTES
        : (columns?.[key[1] as 'metrics' | 'params' | 'tags'] ?? []);
    const wanted = key[3].toLowerCase();
    return ranked(known, wanted).map(name =>
      take(key.index, `${key[1]}.${quoteKey(name)}`)
    );
  }

  const operator = new RegExp(
    `\\b(metrics|params|tags|attributes)\\.${NAME}\\s+$`
  ).exec(before);
  if (operator) {
    return OPERATORS[operator[1]].map(word => ({
      ...take(caret, `${word} `),
      label: word
    }));
  }

  const word = /(?:^|[\s(])([a-z]{2,})$/.exec(before);
  if (word) {
    return PREFIXES.filter(prefix => prefix.startsWith(word[1])).map(prefix =>
      take(caret - word[1].length, prefix)
    );
  }
  return [];
}

/** Keys that start with the wanted text, then keys that contain it; never the one already there. */
function ranked(known: readonly string[], wanted: string): string[] {
  const starts: string[] = [];
  const contains: string[] = [];
  for (const name of known) {
    const lower = name.toLowerCase();
    if (lower.startsWith(wanted)) {
      starts.push(name);
    } else if (lower.includes(wanted)) {
      contains.push(name);
    }
  }
  const all = [...starts, ...contains];
  return all.length === 1 && all[0].toLowerCase() === wanted
    ? []
    : all.slice(0, MAX_COMPLETIONS);
}

/** Names that tell a metric worth showing first; the first pattern that matches a key wins. */
const FAVOURITES = [
  /auroc|roc_auc|\bauc\b/i,
  /(^|[^a-z])(val|valid|test|eval)\w*.*(acc|f1|score|r2)/i,
  /acc|f1|score|r2/i,
  /(val|valid|test|eval)\w*.*(loss|error|rmse|mae)/i,
  /loss|error|rmse|mae/i
];

/** The metric to show beside run names until the user chooses one; null without metrics. */
export function likelyMetric(keys: readonly string[]): string | null {
  const candidates = keys.filter(key => !key.startsWith('system/'));
  for (const pattern of FAVOURITES) {
    const found = candidates.find(key => pattern.test(key));
    if (found !== undefined) {
      return found;
    }
  }
  return candidates[0] ?? keys[0] ?? null;
}
