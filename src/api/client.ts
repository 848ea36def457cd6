/** One typed method per endpoint; no state and no decisions. */
import { ServerConnection } from '@jupyterlab/services';
import { URLExt } from '@jupyterlab/coreutils';
import { request, routeUrl, send } from './request';
import type {
  ArtifactsPage,
  Cells,
  CellsRequest,
  Columns,
  Connection,
  ConnectionCheck,
  Connections,
  ExperimentsPage,
  MetricHistories,
  NewConnection,
  NotebookRequest,
  NotebookWritten,
  Recipes,
  Report,
  ReportRequest,
  Reports,
  Refreshed,
  RefreshRequest,
  RunDetail,
  RunsTable,
  Status,
  TemplateInfo,
  View
} from './types';

/** Which experiments, and which page of them. */
export interface IExperimentsQuery {
  connection: string;
  search?: string;
  view?: View;
  maxResults?: number;
  pageToken?: string | null;
}

/** Which runs as columns, and which page of them. */
export interface ITableQuery {
  connection: string;
  experimentIds: readonly string[];
  /** Named as MLflow's filters name them, for example `attributes.run_name`. */
  columns: readonly string[];
  search?: string;
  filter?: string;
  orderBy?: readonly string[];
  view?: View;
  limit?: number;
  pageToken?: string | null;
}

/** Whose artifacts: those of the logged model where there is one, else those of the run. */
export interface IArtifactOwner {
  runId: string | null;
  modelId: string | null;
}

/** The first bytes of a file. */
export interface IFileHead {
  bytes: ArrayBuffer;
  /** Size of the whole file, null where the server did not say. */
  sizeBytes: number | null;
}

/** What state needs of the server; tests implement it without one. */
export interface IExplorerClient {
  status(connection?: string): Promise<Status>;
  connections(): Promise<Connections>;
  addConnection(body: NewConnection): Promise<Connection>;
  removeConnection(id: string): Promise<void>;
  checkConnection(id: string, signal?: AbortSignal): Promise<ConnectionCheck>;
  experiments(
    query: IExperimentsQuery,
    signal?: AbortSignal
  ): Promise<ExperimentsPage>;
  table(query: ITableQuery, signal?: AbortSignal): Promise<RunsTable>;
  columns(
    connection: string,
    experimentIds: readonly string[],
    signal?: AbortSignal
  ): Promise<Columns>;
  run(
    connection: string,
    runId: string,
    signal?: AbortSignal
  ): Promise<RunDetail>;
  metrics(
    connection: string,
    runIds: readonly string[],
    keys: readonly string[],
    maxPoints: number,
    signal?: AbortSignal
  ): Promise<MetricHistories>;
  artifacts(
    connection: string,
    owner: IArtifactOwner,
    path: string,
    pageToken?: string | null,
    signal?: AbortSignal
  ): Promise<ArtifactsPage>;
  recipes(): Promise<Recipes>;
  cells(body: CellsRequest): Promise<Cells>;
  templates(): Promise<TemplateInfo[]>;
  writeNotebook(
    body: NotebookRequest,
    signal?: AbortSignal
  ): Promise<NotebookWritten>;
  startReport(body: ReportRequest): Promise<Report>;
  reports(): Promise<Report[]>;
  report(id: string): Promise<Report>;
  /** Cancel a running one, or forget a finished one. */
  removeReport(id: string): Promise<void>;
  /** Read up to `maxBytes` from the start of an artifact. */
  head(
    drivePath: string,
    maxBytes: number,
    signal?: AbortSignal
  ): Promise<IFileHead>;
  /** URL of an artifact's bytes, with Jupyter's XSRF token where there is one. */
  fileUrl(drivePath: string, download: boolean): string;
}

/** `IExplorerClient` over HTTP. */
export class ExplorerClient implements IExplorerClient {
  constructor(options: ExplorerClient.IOptions = {}) {
    this.serverSettings =
      options.serverSettings ?? ServerConnection.makeSettings();
  }

  readonly serverSettings: ServerConnection.ISettings;

  status(connection?: string): Promise<Status> {
    return request(this.serverSettings, 'status', { connection });
  }

  connections(): Promise<Connections> {
    return request(this.serverSettings, 'connections');
  }

  addConnection(body: NewConnection): Promise<Connection> {
    return request(this.serverSettings, 'connections', {}, post(body));
  }

  removeConnection(id: string): Promise<void> {
    const route = `connections/${encodeURIComponent(id)}`;
    return request(this.serverSettings, route, {}, { method: 'DELETE' });
  }

  checkConnection(id: string, signal?: AbortSignal): Promise<ConnectionCheck> {
    const route = `connections/${encodeURIComponent(id)}/check`;
    return request(this.serverSettings, route, {}, { signal });
  }

  experiments(
    query: IExperimentsQuery,
    signal?: AbortSignal
  ): Promise<ExperimentsPage> {
    return request(
      this.serverSettings,
      'experiments',
      {
        connection: query.connection,
        search: query.search,
        view: query.view,
        max_results: query.maxResults,
        page_token: query.pageToken
      },
      { signal }
    );
  }

  table(query: ITableQuery, signal?: AbortSignal): Promise<RunsTable> {
    return request(
      this.serverSettings,
      'runs/table',
      {
        connection: query.connection,
        experiment_id: query.experimentIds,
        columns: query.columns,
        search: query.search,
        filter: query.filter,
        order_by: query.orderBy,
        view: query.view,
        limit: query.limit,
        page_token: query.pageToken
      },
      { signal }
    );
  }

  columns(
    connection: string,
    experimentIds: readonly string[],
    signal?: AbortSignal
  ): Promise<Columns> {
    return request(
      this.serverSettings,
      'runs/columns',
      { connection, experiment_id: experimentIds },
      { signal }
    );
  }

  run(
    connection: string,
    runId: string,
    signal?: AbortSignal
  ): Promise<RunDetail> {
    const route = `runs/${encodeURIComponent(runId)}`;
    return request(this.serverSettings, route, { connection }, { signal });
  }

  metrics(
    connection: string,
    runIds: readonly string[],
    keys: readonly string[],
    maxPoints: number,
    signal?: AbortSignal
  ): Promise<MetricHistories> {
    return request(
      this.serverSettings,
      'metrics',
      { connection, run_id: runIds, key: keys, max_points: maxPoints },
      { signal }
    );
  }

  artifacts(
    connection: string,
    owner: IArtifactOwner,
    path: string,
    pageToken?: string | null,
    signal?: AbortSignal
  ): Promise<ArtifactsPage> {
    const root =
      owner.modelId === null
        ? `runs/${encodeURIComponent(owner.runId ?? '')}`
        : `logged-models/${encodeURIComponent(owner.modelId)}`;
    return request(
      this.serverSettings,
      `${root}/artifacts`,
      { connection, path, page_token: pageToken },
      { signal }
    );
  }

  recipes(): Promise<Recipes> {
    return request(this.serverSettings, 'recipes');
  }

  cells(body: CellsRequest): Promise<Cells> {
    return request(this.serverSettings, 'cells', {}, post(body));
  }

  refresh(body: RefreshRequest): Promise<Refreshed> {
    return request(this.serverSettings, 'cells/refresh', {}, post(body));
  }

  async templates(): Promise<TemplateInfo[]> {
    const answer = await request<{ templates: TemplateInfo[] }>(
      this.serverSettings,
      'templates'
    );
    return answer.templates;
  }

  writeNotebook(
    body: NotebookRequest,
    signal?: AbortSignal
  ): Promise<NotebookWritten> {
    const init = { ...post(body), signal };
    return request(this.serverSettings, 'notebooks', {}, init);
  }

  startReport(body: ReportRequest): Promise<Report> {
    return request(this.serverSettings, 'reports', {}, post(body));
  }

  async reports(): Promise<Report[]> {
    const answer = await request<Reports>(this.serverSettings, 'reports');
    return answer.reports;
  }

  report(id: string): Promise<Report> {
    return request(this.serverSettings, `reports/${encodeURIComponent(id)}`);
  }

  removeReport(id: string): Promise<void> {
    const route = `reports/${encodeURIComponent(id)}`;
    return request(this.serverSettings, route, {}, { method: 'DELETE' });
  }

  async head(
    drivePath: string,
    maxBytes: number,
    signal?: AbortSignal
  ): Promise<IFileHead> {
    const response = await send(
      this.serverSettings,
      `files/${URLExt.encodeParts(drivePath)}`,
      {},
      { signal, headers: { Range: `bytes=0-${maxBytes - 1}` } }
    ).catch((error: unknown) => {
      // No byte of an empty file lies in any range.
      if (
        error instanceof ServerConnection.ResponseError &&
        error.response.status === 416
      ) {
        return null;
      }
      throw error;
    });
    if (response === null) {
      return { bytes: new ArrayBuffer(0), sizeBytes: 0 };
    }
    const range = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
    const length = response.headers.get('Content-Length');
    const size = range ? range[1] : response.status === 200 ? length : null;
    return {
      bytes: await response.arrayBuffer(),
      sizeBytes: size === null ? null : Number(size)
    };
  }

  fileUrl(drivePath: string, download: boolean): string {
    return routeUrl(
      this.serverSettings,
      `files/${URLExt.encodeParts(drivePath)}`,
      { download: download ? 1 : null, _xsrf: xsrfToken() }
    );
  }
}

/** The namespace for `ExplorerClient` statics. */
export namespace ExplorerClient {
  /** Options of the constructor. */
  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
  }
}

function post(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

/**
 * Jupyter's XSRF token, null without a cookie (token authentication).
 *
 * The last one counts: tornado overwrites earlier cookies of the same name, as JupyterLab's own requests assume.
 */
function xsrfToken(): string | null {
  if (typeof document === 'undefined') {
    return null;
  }
  let token: string | null = null;
  for (const part of document.cookie.split(';')) {
    const trimmed = part.trim();
    if (trimmed.startsWith('_xsrf=')) {
      token = trimmed.slice('_xsrf='.length);
    }
  }
  return token;
}
