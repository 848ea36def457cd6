/** A client without a server: answers from memory, counts what it was asked, and can be made slow or to fail. */
import type {
  IArtifactOwner,
  IExperimentsQuery,
  IExplorerClient,
  IFileHead,
  ITableQuery
} from '../api/client';
import type {
  ArtifactsPage,
  Cells,
  CellsRequest,
  Columns,
  Connection,
  ConnectionCheck,
  Connections,
  ExperimentsPage,
  LoggedModel,
  MetricHistories,
  NewConnection,
  NotebookRequest,
  NotebookWritten,
  RecipeInfo,
  RecipeProblem,
  Recipes,
  Report,
  ReportRequest,
  RunDetail,
  RunsTable,
  RunStatus,
  Status,
  TemplateInfo,
  WireNumber
} from '../api/types';

export interface IFakeRun {
  id: string;
  name?: string;
  status?: RunStatus;
  start?: number | null;
  parent?: string | null;
  problem?: string;
  metrics?: Record<string, WireNumber>;
  params?: Record<string, string>;
  models?: LoggedModel[];
}

/** Something that a test settles when it wants to. */
export class Gate {
  readonly promise: Promise<void>;
  open!: () => void;
  constructor() {
    this.promise = new Promise(resolve => (this.open = resolve));
  }
}

export class FakeClient implements IExplorerClient {
  runs: IFakeRun[] = [];
  experimentNames: Record<string, string> = { '1': 'first' };
  connectionList: Connection[] = [connection('main', true)];
  folders: Record<string, ArtifactsPage['entries']> = { '': [] };
  /** The folders of logged models, by model id. */
  modelFolders: Record<string, Record<string, ArtifactsPage['entries']>> = {};
  knownColumns: Columns = { params: [], metrics: [], tags: [] };
  countsTotal = true;
  recipeList: RecipeInfo[] = [];
  reportList: Report[] = [];
  recipeProblems: RecipeProblem[] = [];
  /** Size of the pages of artifacts. */
  artifactPage = 1000;

  /** What was asked, in order. */
  readonly asked: string[] = [];
  readonly tableQueries: ITableQuery[] = [];
  readonly cellsBodies: CellsRequest[] = [];
  readonly notebookBodies: NotebookRequest[] = [];
  readonly reportBodies: ReportRequest[] = [];

  /** The next calls of a method fail with these, first one first. */
  readonly failures: Record<string, unknown[]> = {};
  /** The next calls of a method wait for these, first one first. */
  readonly gates: Record<string, Gate[]> = {};

  failNext(method: string, error: unknown): void {
    (this.failures[method] ??= []).push(error);
  }

  holdNext(method: string): Gate {
    const gate = new Gate();
    (this.gates[method] ??= []).push(gate);
    return gate;
  }

  count(method: string): number {
    return this.asked.filter(name => name === method).length;
  }

  async status(): Promise<Status> {
    await this._enter('status');
    return {
      version: '0.1.0',
      mlflow_version: null,
      connection: this.connectionList[0] ?? null,
      features: {}
    };
  }

  async connections(): Promise<Connections> {
    await this._enter('connections');
    return {
      connections: this.connectionList,
      can_add: true,
      allowed_schemes: ['http', 'https']
    };
  }

  async addConnection(body: NewConnection): Promise<Connection> {
    await this._enter('addConnection');
    const added = { ...connection(body.name), removable: true };
    this.connectionList = [...this.connectionList, added];
    return added;
  }

  async removeConnection(id: string): Promise<void> {
    await this._enter('removeConnection');
    this.connectionList = this.connectionList.filter(item => item.id !== id);
  }

  async checkConnection(): Promise<ConnectionCheck> {
    await this._enter('checkConnection');
    return { reachable: true, latency_ms: 1, message: '' };
  }

  async experiments(query: IExperimentsQuery): Promise<ExperimentsPage> {
    const names = Object.entries(this.experimentNames);
    await this._enter('experiments');
    return {
      experiments: names
        .filter(([, name]) => name.includes(query.search ?? ''))
        .map(([experiment_id, name]) => ({
          experiment_id,
          name,
          lifecycle_stage: 'active'
        })),
      next_page_token: null
    };
  }

  async table(query: ITableQuery): Promise<RunsTable> {
    this.tableQueries.push(query);
    // What the store holds when it is asked, not when the answer arrives.
    const all = this._matching(query);
    await this._enter('table');
    const start = Number(query.pageToken ?? 0);
    const end = start + (query.limit ?? 1000);
    const rows = all.slice(start, end);
    const values: Record<
      string,
      (run: IFakeRun) => RunsTable['columns'][0]['values'][0]
    > = {
      'attributes.run_name': run => run.name ?? run.id,
      'attributes.status': run => run.status ?? 'FINISHED',
      'attributes.start_time': run => (run.start === undefined ? 1 : run.start),
      'attributes.end_time': () => null,
      'attributes.lifecycle_stage': () => 'active',
      'attributes.experiment_id': () => query.experimentIds[0],
      'tags.mlflow.parentRunId': run => run.parent ?? null,
      'attributes.problem': run => run.problem ?? null
    };
    return {
      run_ids: rows.map(run => run.id),
      columns: query.columns.map(name => {
        const dot = name.indexOf('.');
        const kind = name.slice(0, dot) as 'metrics';
        const key = name.slice(dot + 1);
        const value =
          values[name] ??
          ((run: IFakeRun) =>
            (name.startsWith('params.') ? run.params : run.metrics)?.[key] ??
            null);
        return { kind, key, values: rows.map(value) };
      }),
      total: this.countsTotal ? all.length : null,
      next_page_token: end < all.length ? String(end) : null
    };
  }

  async columns(): Promise<Columns> {
    await this._enter('columns');
    return this.knownColumns;
  }

  async run(_connection: string, runId: string): Promise<RunDetail> {
    await this._enter('run');
    const run = this.runs.find(({ id }) => id === runId);
    if (!run) {
      throw new Error(`no run ${runId}`);
    }
    return {
      run_id: run.id,
      run_name: run.name ?? run.id,
      experiment_id: '1',
      status: run.status ?? 'FINISHED',
      lifecycle_stage: 'active',
      start_time_ms: run.start === undefined ? 1000 : run.start,
      end_time_ms: 61000,
      params: run.params ?? {},
      metrics: run.metrics ?? {},
      tags: {},
      children: 0,
      inputs: [],
      models: run.models ?? []
    };
  }

  async metrics(
    _connection: string,
    runIds: readonly string[],
    keys: readonly string[]
  ): Promise<MetricHistories> {
    await this._enter('metrics');
    return {
      histories: runIds.flatMap(run_id =>
        keys.map(key => ({
          run_id,
          key,
          points: [
            [0, 0, 1],
            [1, 1, 'NaN'],
            [2, 2, 3],
            [3, 3, 2]
          ] as [number, number, WireNumber][],
          total: 4,
          downsampled: false
        }))
      )
    };
  }

  async artifacts(
    _connection: string,
    owner: IArtifactOwner,
    path: string,
    pageToken?: string | null
  ): Promise<ArtifactsPage> {
    const { modelId } = owner;
    await this._enter(`artifacts ${modelId ? `${modelId}:` : ''}${path}`);
    const folders = modelId ? this.modelFolders[modelId] : this.folders;
    const all = folders?.[path] ?? [];
    const start = Number(pageToken ?? 0);
    const end = start + this.artifactPage;
    return {
      path,
      entries: all.slice(start, end),
      next_page_token: end < all.length ? String(end) : null,
      total: all.length
    };
  }

  async recipes(): Promise<Recipes> {
    await this._enter('recipes');
    return { recipes: this.recipeList, problems: this.recipeProblems };
  }

  async templates(): Promise<TemplateInfo[]> {
    await this._enter('templates');
    return [
      { name: 'observation', title: 'Observation', description: '', source: '' }
    ];
  }

  async writeNotebook(body: NotebookRequest): Promise<NotebookWritten> {
    this.notebookBodies.push(body);
    await this._enter('writeNotebook');
    return { path: body.path ?? '', runs: 1, cells: 1, warnings: [] };
  }

  async cells(body: CellsRequest): Promise<Cells> {
    this.cellsBodies.push(body);
    await this._enter('cells');
    return { cells: [], recipe: body.recipe, version: 1, warnings: [] };
  }

  async startReport(body: ReportRequest): Promise<Report> {
    this.reportBodies.push(body);
    await this._enter('startReport');
    const report = makeReport({ report_id: `p${this.reportList.length}` });
    this.reportList.push(report);
    return report;
  }

  async reports(): Promise<Report[]> {
    await this._enter('reports');
    return this.reportList;
  }

  async report(id: string): Promise<Report> {
    await this._enter('report');
    return this.reportList.find(({ report_id }) => report_id === id)!;
  }

  async removeReport(id: string): Promise<void> {
    await this._enter('removeReport');
    this.setReport(id, { state: 'cancelled' });
  }

  /** What the server knows of a report from now on. */
  setReport(id: string, change: Partial<Report>): void {
    this.reportList = this.reportList.map(report =>
      report.report_id === id ? { ...report, ...change } : report
    );
  }

  async head(): Promise<IFileHead> {
    await this._enter('head');
    return { bytes: new ArrayBuffer(0), sizeBytes: 0 };
  }

  fileUrl(drivePath: string): string {
    return `http://localhost/files/${drivePath}`;
  }

  private _matching(query: ITableQuery): IFakeRun[] {
    const ids = /run_id IN \((.*)\)/.exec(query.filter ?? '');
    if (ids) {
      return this.runs.filter(run => ids[1].includes(`'${run.id}'`));
    }
    const search = query.search ?? '';
    return this.runs.filter(run => (run.name ?? run.id).includes(search));
  }

  private async _enter(method: string): Promise<void> {
    this.asked.push(method);
    const gate = this.gates[method]?.shift();
    // Decided now, so that a held call fails or succeeds as it was told when it began.
    const failure = this.failures[method]?.shift();
    await (gate ? gate.promise : Promise.resolve());
    if (failure !== undefined) {
      throw failure;
    }
  }
}

export function connection(id: string, isDefault = false): Connection {
  return {
    id,
    name: id,
    kind: 'database',
    tracking_uri: `sqlite:////${id}.db`,
    origin: 'config',
    is_default: isDefault,
    removable: false
  };
}

export function makeReport(more: Partial<Report> = {}): Report {
  return {
    report_id: 'p0',
    state: 'running',
    phase: 'preparing',
    done: 0,
    total: 0,
    title: 'Tumours',
    format: 'html',
    path: 'notes/Tumours.html',
    created_ms: 0,
    ...more
  };
}

export function manyRuns(count: number): IFakeRun[] {
  return Array.from({ length: count }, (_, i) => ({ id: `r${i}` }));
}

/** Let everything that has been settled run on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
}
