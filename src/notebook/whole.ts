/** Whole notebooks: what the dialog asks for, and the request made of it. Pure. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Naming, NotebookRequest } from '../api/types';
import { asFilter, recognise } from '../state/query';

/** Best runs that get a section of their own, unless the user says otherwise. */
export const SECTIONS = 20;
/** As the server limits it. */
export const MAX_SECTIONS = 100;
const MAX_NAME = 80;

/** What the user chose. */
export interface INotebookChoice {
  title: string;
  template: string;
  /** Those selected, or all that match the search. */
  runs: 'selected' | 'all';
  /** Metric to rank by; '' for one that looks like a score. */
  rankBy: string;
  /** Column to group by, such as `params.model` or `derived.model`; '' for none. */
  groupBy: string;
  sections: number;
  /** Below the server's root; '' for the root itself. */
  folder: string;
  file: string;
}

/** What the panel shows. */
export interface INotebookScope {
  connection: string | null;
  selectedIds: readonly string[];
  experimentIds: readonly string[];
  query: string;
  order: string;
  view: string;
  /** How run names are split into columns. */
  naming: Naming | null;
}

/** The columns that a pattern makes of names, as options name them. */
export function derivedColumns(naming: Naming | null): string[] {
  const names = naming?.pattern.matchAll(/\{([A-Za-z_]\w*)\}/g) ?? [];
  return [...names].map(([, name]) => `derived.${name}`);
}

/** A file name for a title, as the server would make it. */
export function fileNameOf(title: string, ending: string = '.ipynb'): string {
  const name = title
    .replace(/[^\p{L}\p{N}_\-. ]+/gu, ' ')
    .replace(/ +/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .slice(0, MAX_NAME)
    .trim();
  return `${name || 'MLflow runs'}${ending}`;
}

/** The path of a file in a folder, with its ending. */
export function pathOf(folder: string, file: string, ending: string): string {
  const name = file.trim();
  const whole = name.toLowerCase().endsWith(ending) ? name : name + ending;
  return PathExt.join(folder.trim().replace(/^\/+|\/+$/g, ''), whole);
}

/** Whether all that match can be named by experiments and a filter, so that the server searches itself. */
export function isSearchable(scope: INotebookScope): boolean {
  // Plain text is looked for in params and tags too, and no filter shows deleted runs.
  return scope.view === 'active' && recognise(scope.query) !== 'text';
}

/** The request; `allIds` are the runs that match where no filter can say which. */
export function notebookRequest(
  choice: INotebookChoice,
  scope: INotebookScope,
  allIds: readonly string[] | null
): NotebookRequest {
  const isSearch = choice.runs === 'all' && allIds === null;
  const ids = choice.runs === 'selected' ? scope.selectedIds : (allIds ?? []);
  return {
    recipe: null,
    connection: scope.connection,
    template: choice.template,
    title: choice.title.trim(),
    path: pathOf(choice.folder, choice.file, '.ipynb'),
    run_ids: [...ids],
    experiment_ids: [...scope.experimentIds],
    filter: isSearch ? asFilter(scope.query) || null : null,
    order_by: isSearch && scope.order ? [scope.order] : [],
    rank_by: choice.rankBy || null,
    group_by: choice.groupBy ? [choice.groupBy] : [],
    naming: scope.naming,
    sections: choice.sections,
    options: {}
  };
}
