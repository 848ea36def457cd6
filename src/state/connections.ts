/** The tracking stores one can look at, which one is chosen, and whether it answers. */
import type { IExplorerClient } from '../api/client';
import { failureOf } from '../api/errors';
import type { Connection, Connections, NewConnection } from '../api/types';
import { valueOf, type Loadable } from './loadable';
import { Observable } from './observable';

/** Whether the chosen store answers, as far as we know. */
export interface IHealth {
  readonly status: 'unknown' | 'checking' | 'ok' | 'failed';
  /** For people; empty unless failed. */
  readonly message: string;
}

export class ConnectionsState extends Observable {
  constructor(options: { client: IExplorerClient }) {
    super();
    this._client = options.client;
  }

  get list(): Loadable<Connections> {
    return this._list;
  }

  get all(): readonly Connection[] {
    return valueOf(this._list)?.connections ?? [];
  }

  get canAdd(): boolean {
    return valueOf(this._list)?.can_add ?? false;
  }

  get allowedSchemes(): readonly string[] {
    return valueOf(this._list)?.allowed_schemes ?? [];
  }

  /** The chosen connection; undefined before the list arrived. */
  get current(): Connection | undefined {
    return this.all.find(connection => connection.id === this._currentId);
  }

  get currentId(): string | null {
    return this.current?.id ?? null;
  }

  get health(): IHealth {
    return this._health;
  }

  /** Which connection (id or name) to choose once the list arrives, the first that exists. */
  prefer(...ids: (string | null | undefined)[]): void {
    this._preferred = ids.filter((id): id is string => !!id);
  }

  /** Load the list; keeps the choice where it still exists, else the preferred, else the server's default. */
  async load(): Promise<void> {
    const ticket = this.begin('list');
    this._list = { status: 'loading', previous: valueOf(this._list) };
    this.emit();
    try {
      const value = await this._client.connections();
      if (!ticket.isWanted()) {
        return;
      }
      this._list = { status: 'ready', value };
      this._choose(value.connections);
    } catch (error) {
      if (!ticket.isWanted()) {
        return;
      }
      this._list = {
        status: 'failed',
        failure: failureOf(error),
        previous: valueOf(this._list)
      };
    }
    this.emit();
  }

  /** Choose a connection; false if there is none with this id (or name, for people who call the command). */
  select(idOrName: string): boolean {
    const found =
      this.all.find(connection => connection.id === idOrName) ??
      this.all.find(connection => connection.name === idOrName);
    if (!found) {
      return false;
    }
    if (found.id !== this._currentId) {
      this._currentId = found.id;
      this._health = { status: 'unknown', message: '' };
      this.cancel('check');
      this.emit();
    }
    return true;
  }

  /** Ask the server whether the chosen store can be used. */
  async check(): Promise<void> {
    const id = this.currentId;
    if (id === null) {
      return;
    }
    const ticket = this.begin('check');
    this._health = { status: 'checking', message: '' };
    this.emit();
    try {
      const answer = await this._client.checkConnection(id, ticket.signal);
      if (!ticket.isWanted()) {
        return;
      }
      this._health = answer.reachable
        ? { status: 'ok', message: '' }
        : { status: 'failed', message: answer.message };
    } catch (error) {
      if (!ticket.isWanted()) {
        return;
      }
      this._health = { status: 'failed', message: failureOf(error).message };
    }
    this.emit();
  }

  /** Add one and choose it. Rejects with the server's reason, for the dialog that asked. */
  async add(body: NewConnection): Promise<Connection> {
    const added = await this._client.addConnection(body);
    await this.load();
    this.select(added.id);
    return added;
  }

  /** Remove one that a user added; the default one is chosen if it was the current one. */
  async remove(id: string): Promise<void> {
    await this._client.removeConnection(id);
    await this.load();
  }

  private _choose(connections: readonly Connection[]): void {
    const exists = (id: string | null) =>
      connections.some(connection => connection.id === id);
    if (exists(this._currentId)) {
      return;
    }
    const fallback =
      connections.find(connection => connection.is_default) ?? connections[0];
    const preferred = this._preferred
      .map(wanted =>
        connections.find(({ id, name }) => id === wanted || name === wanted)
      )
      .find(connection => connection !== undefined);
    this._currentId = (preferred ?? fallback)?.id ?? null;
    this._health = { status: 'unknown', message: '' };
  }

  private _client: IExplorerClient;
  private _currentId: string | null = null;
  private _health: IHealth = { status: 'unknown', message: '' };
  private _list: Loadable<Connections> = { status: 'idle' };
  private _preferred: readonly string[] = [];
}
