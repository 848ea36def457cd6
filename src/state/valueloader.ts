/** Loads values of a runs table: what is wanted now comes first, each value is asked for once. */
import type { IExplorerClient } from '../api/client';
import { failureOf, type IFailure } from '../api/errors';
import { Observable } from './observable';
import type { ColumnId } from './tablelayout';
import { TableValues } from './tablevalues';

/** Runs and columns of one request; both are named in the URL, which servers cut at some length. */
export const BLOCK_RUNS = 100;
export const BLOCK_COLUMNS = 60;
/** Requests at a time, so that the server has room for others. */
const MAX_REQUESTS = 3;

/** A part of the table. */
export interface IArea {
  readonly runIds: readonly string[];
  readonly columns: readonly ColumnId[];
}

export class ValueLoader extends Observable {
  constructor(private _options: ValueLoader.IOptions) {
    super();
  }

  readonly values = new TableValues();

  /** Why values did not arrive; nothing is asked for until `retry`. */
  get failure(): IFailure | null {
    return this._failure;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this._requests === 0 && this._failure === null;
  }

  /** Load these, the first ones first; what was wanted before and has not been asked for is forgotten. */
  want(areas: readonly IArea[]): void {
    this._areas = areas;
    this._pump();
  }

  /** Load these for something that needs all of them. Rejects where the server fails. */
  async complete(area: IArea): Promise<void> {
    const { signal } = this._ticketOfAll();
    for (const block of blocks(area.runIds, BLOCK_RUNS)) {
      for (const columns of blocks(area.columns, BLOCK_COLUMNS)) {
        const lacking = block.filter(id =>
          columns.some(column => this.values.get(id, column) === undefined)
        );
        if (lacking.length > 0) {
          await this._request({ runIds: lacking, columns }, signal);
        }
      }
    }
  }

  retry(): void {
    this._failure = null;
    this._pump();
  }

  /** Forget all values and what is under way, for a look at the store of now. */
  forget(): void {
    this.cancel('values');
    this._ticket = null;
    this._requests = 0;
    this._failure = null;
    this._areas = [];
    this.values.clear();
  }

  private _pump(): void {
    while (this._requests < MAX_REQUESTS && this._failure === null) {
      const missing = this._missing();
      if (missing === null || this.isDisposed) {
        return;
      }
      void this._load(missing);
    }
  }

  private _missing(): IArea | null {
    const lacks = (id: string, column: ColumnId): boolean =>
      !this.values.isKnown(id, column);
    for (const area of this._areas) {
      for (const block of blocks(area.runIds, BLOCK_RUNS)) {
        const columns = area.columns
          .filter(column => block.some(id => lacks(id, column)))
          .slice(0, BLOCK_COLUMNS);
        if (columns.length > 0) {
          const runIds = block.filter(id =>
            columns.some(column => lacks(id, column))
          );
          return { runIds, columns };
        }
      }
    }
    return null;
  }

  private async _load(area: IArea): Promise<void> {
    const ticket = this._ticketOfAll();
    this._requests += 1;
    this.values.ask(area.runIds, area.columns);
    try {
      await this._request(area, ticket.signal);
    } catch (error) {
      if (ticket.isWanted()) {
        this.values.giveUp(area.runIds, area.columns);
        this._failure = failureOf(error);
      }
    }
    if (ticket.isWanted()) {
      this._requests -= 1;
      this.emit();
      this._pump();
    }
  }

  private async _request(area: IArea, signal: AbortSignal): Promise<void> {
    const ids = area.runIds.map(id => `'${id}'`).join(', ');
    const table = await this._options.client.table(
      {
        connection: this._options.connection,
        experimentIds: this._options.experimentIds,
        columns: area.columns,
        filter: `attributes.run_id IN (${ids})`,
        view: 'all',
        limit: area.runIds.length
      },
      signal
    );
    if (!signal.aborted) {
      this.values.accept(table, 0, area.columns, area.runIds);
    }
  }

  /** One ticket for all requests, so that forgetting the values ends all. */
  private _ticketOfAll(): Observable.ITicket {
    this._ticket ??= this.begin('values');
    return this._ticket;
  }

  private _areas: readonly IArea[] = [];
  private _failure: IFailure | null = null;
  private _requests = 0;
  private _ticket: Observable.ITicket | null = null;
}

/** The namespace for `ValueLoader` types. */
export namespace ValueLoader {
  /** Options of the constructor: whose values. */
  export interface IOptions {
    client: IExplorerClient;
    connection: string;
    experimentIds: readonly string[];
  }
}

function* blocks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
  }
}
