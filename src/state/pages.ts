/**
 * A list that arrives in pages: loads as far as it is looked at, drops late answers, shows each id once.
 *
 * Experiments, runs and the folders of the artifact tree all use it.
 */
import { failureOf, type IFailure } from '../api/errors';
import { Observable } from './observable';

export class Pages<T> extends Observable {
  constructor(options: Pages.IOptions<T>) {
    super();
    this._options = options;
  }

  /** Loaded so far, in the server's order; those of the list before while a restart is under way. */
  get items(): readonly T[] {
    return this._items;
  }

  /** How many there are over all pages; null where the server does not know and more pages exist. */
  get total(): number | null {
    return this.isComplete ? this._items.length : this._total;
  }

  get isLoading(): boolean {
    return this._isLoading;
  }

  /** Whether the items belong to a query that has been replaced. */
  get isStale(): boolean {
    return this._isStale;
  }

  /** Whether a first page has ever arrived. */
  get hasLoaded(): boolean {
    return this._hasLoaded;
  }

  get isComplete(): boolean {
    return this._hasLoaded && !this._isStale && this._token === null;
  }

  /** Why the last page did not arrive; null when loading again or after success. */
  get failure(): IFailure | null {
    return this._failure;
  }

  /** Empty the list and forget what is under way. */
  reset(): void {
    this.cancel('page');
    this._items = [];
    this._ids.clear();
    this._total = null;
    this._token = null;
    this._hasLoaded = false;
    this._isStale = false;
    this._isLoading = false;
    this._failure = null;
    this._wanted = 0;
    this.emit();
  }

  /** Load from the beginning; the old items stay until the first page arrives, unless the list was reset. */
  restart(): Promise<void> {
    this._token = null;
    this._isStale = true;
    this._failure = null;
    this._wanted = 1;
    return this._load();
  }

  /** Load pages until this many items are there, or the list ends. */
  async ensure(count: number): Promise<void> {
    this._wanted = Math.max(this._wanted, count);
    if (!this._isLoading && this._failure === null && this._lacks()) {
      await this._load();
    } else {
      await this._running;
    }
  }

  /** Try the page again that failed. */
  retry(): Promise<void> {
    this._failure = null;
    this._wanted = Math.max(this._wanted, this._items.length + 1);
    return this._load();
  }

  /**
   * Put newer versions of items in their places, and unknown ones at the front in the order given.
   *
   * Returns true if anything was unknown.
   */
  merge(fresh: readonly T[]): boolean {
    const byId = new Map(fresh.map(item => [this._options.id(item), item]));
    this._items = this._items.map(
      item => byId.get(this._options.id(item)) ?? item
    );
    const unknown = fresh.filter(
      item => !this._ids.has(this._options.id(item))
    );
    unknown.forEach(item => this._ids.add(this._options.id(item)));
    this._items = [...unknown, ...this._items];
    if (this._total !== null) {
      this._total += unknown.length;
    }
    this.emit();
    return unknown.length > 0;
  }

  private _lacks(): boolean {
    return (
      this._hasLoaded &&
      this._token !== null &&
      this._items.length < this._wanted
    );
  }

  private _load(): Promise<void> {
    this._running = this._loadPages();
    return this._running;
  }

  private async _loadPages(): Promise<void> {
    const ticket = this.begin('page');
    this._isLoading = true;
    this.emit();
    try {
      do {
        const isFirst = !this._hasLoaded || this._isStale;
        const page = await this._options.fetch(
          isFirst ? null : this._token,
          isFirst ? 'first' : 'later',
          ticket.signal
        );
        if (!ticket.isWanted()) {
          return;
        }
        this._accept(page, isFirst);
      } while (this._lacks());
    } catch (error) {
      if (!ticket.isWanted()) {
        return;
      }
      this._failure = failureOf(error);
    }
    this._isLoading = false;
    this.emit();
  }

  private _accept(page: Pages.IPage<T>, isFirst: boolean): void {
    if (isFirst) {
      this._items = [];
      this._ids.clear();
    }
    const unseen = page.items.filter(item => {
      const id = this._options.id(item);
      const isNew = !this._ids.has(id);
      this._ids.add(id);
      return isNew;
    });
    this._items = isFirst ? unseen : [...this._items, ...unseen];
    this._total = page.total;
    this._token = page.nextPageToken;
    this._hasLoaded = true;
    this._isStale = false;
    this.emit();
  }

  private _failure: IFailure | null = null;
  private _hasLoaded = false;
  private _ids = new Set<string>();
  private _isLoading = false;
  private _isStale = false;
  private _items: readonly T[] = [];
  private _options: Pages.IOptions<T>;
  private _running: Promise<void> = Promise.resolve();
  private _token: string | null = null;
  private _total: number | null = null;
  private _wanted = 0;
}

/** The namespace for `Pages` types. */
export namespace Pages {
  /** One page; a null token is the end. */
  export interface IPage<T> {
    readonly items: readonly T[];
    readonly nextPageToken: string | null;
    readonly total: number | null;
  }

  /** Options of the constructor. */
  export interface IOptions<T> {
    /** Which page sizes to ask for is the owner's matter: the first page should be small, later ones big. */
    fetch: (
      token: string | null,
      which: 'first' | 'later',
      signal: AbortSignal
    ) => Promise<IPage<T>>;
    id: (item: T) => string;
  }
}
