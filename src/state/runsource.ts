/** How the runs list asks the client for its rows. No state. */
import type { IExplorerClient } from '../api/client';
import type { View } from '../api/types';
import type { Pages } from './pages';
import { searchParameters } from './query';
import { tableColumns, toRows, type IRunRow } from './table';

/** Whose runs, and the metric beside them. */
export interface IRunsScope {
  readonly connection: string;
  readonly experimentIds: readonly string[];
  readonly metric: string | null;
}

/** One page of the list. */
export interface IRunsPage extends IRunsScope {
  /** Text of the search box. */
  readonly query: string;
  /** An order clause; '' for newest first. */
  readonly order: string;
  readonly view: View;
  readonly limit: number;
  readonly token: string | null;
}

export async function fetchPage(
  client: IExplorerClient,
  page: IRunsPage,
  signal: AbortSignal
): Promise<Pages.IPage<IRunRow>> {
  const table = await client.table(
    {
      connection: page.connection,
      experimentIds: page.experimentIds,
      columns: tableColumns(page.metric),
      ...searchParameters(page.query),
      orderBy: page.order ? [page.order] : [],
      view: page.view,
      limit: page.limit,
      pageToken: page.token
    },
    signal
  );
  return {
    items: toRows(table, page.metric),
    nextPageToken: table.next_page_token ?? null,
    total: table.total ?? null
  };
}

/** The rows of these runs, deleted ones included, in any order. */
export async function fetchRows(
  client: IExplorerClient,
  scope: IRunsScope,
  runIds: readonly string[],
  signal: AbortSignal
): Promise<IRunRow[]> {
  const ids = runIds.map(id => `'${id}'`).join(', ');
  const table = await client.table(
    {
      connection: scope.connection,
      experimentIds: scope.experimentIds,
      columns: tableColumns(scope.metric),
      filter: `attributes.run_id IN (${ids})`,
      view: 'all',
      limit: runIds.length
    },
    signal
  );
  return toRows(table, scope.metric);
}
