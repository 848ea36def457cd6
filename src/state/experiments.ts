/** The experiments of a connection: search, view, paging, and which are chosen. */
import type { IExplorerClient } from '../api/client';
import type { IFailure } from '../api/errors';
import type { Experiment, View } from '../api/types';
import { Observable } from './observable';
import { Pages } from './pages';
import { Selection } from './selection';

/** MLflow makes this one itself, and it is mostly empty. */
const DEFAULT_EXPERIMENT_ID = '0';
const FIRST_PAGE = 100;
const LATER_PAGE = 1000;
/** Rows before the end at which the next page is asked for. */
const LOOK_AHEAD = 5;

export class ExperimentsState extends Observable {
  constructor(options: { client: IExplorerClient }) {
    super();
    this._client = options.client;
    this._pages = new Pages<Experiment>({
      fetch: (token, which, signal) => this._fetch(token, which, signal),
      id: experiment => experiment.experiment_id
    });
    this._pages.stateChanged.connect(this._onPagesChanged, this);
  }

  override dispose(): void {
    this._pages.dispose();
    super.dispose();
  }

  get connection(): string | null {
    return this._connection;
  }

  get items(): readonly Experiment[] {
    return this._pages.items;
  }

  /** How many there are; null while more pages exist, because MLflow does not count experiments. */
  get total(): number | null {
    return this._pages.total;
  }

  get isLoading(): boolean {
    return this._pages.isLoading;
  }

  get hasLoaded(): boolean {
    return this._pages.hasLoaded;
  }

  get failure(): IFailure | null {
    return this._pages.failure;
  }

  get search(): string {
    return this._search;
  }

  get view(): View {
    return this._view;
  }

  get selection(): Selection {
    return this._selection;
  }

  /** The row with the keyboard focus. */
  get active(): string | null {
    return this._active;
  }

  /** Chosen ids, in the order of the list. */
  get selectedIds(): string[] {
    return this._selection.inOrder(this._ids());
  }

  /** Show another connection's experiments, and choose these once they are there. */
  async open(
    connection: string | null,
    selected: readonly string[] = []
  ): Promise<void> {
    this._connection = connection;
    this._selection = new Selection(selected, selected[0] ?? null);
    this._active = selected[0] ?? null;
    this._search = '';
    this._pages.reset();
    if (connection !== null) {
      await this.reload();
    }
  }

  /** Ask again from the first page. */
  async reload(): Promise<void> {
    if (this._connection === null) {
      return;
    }
    await this._pages.restart();
    this._chooseOnly();
  }

  async retry(): Promise<void> {
    await this._pages.retry();
    this._chooseOnly();
  }

  /** The rows up to this index are being looked at. */
  look(index: number): void {
    const isNearEnd = index >= this.items.length - LOOK_AHEAD;
    void this._pages.ensure(isNearEnd ? this.items.length + 1 : index + 1);
  }

  setSearch(text: string): void {
    if (text !== this._search) {
      this._search = text;
      void this._pages.restart();
    }
  }

  setView(view: View): void {
    if (view !== this._view) {
      this._view = view;
      void this.reload();
    }
  }

  /** Change what is chosen, as a click or key would. */
  select(id: string, how: 'only' | 'toggle' | 'extend' = 'only'): void {
    const before = this._selection;
    this._selection =
      how === 'only'
        ? before.only(id)
        : how === 'toggle'
          ? before.toggle(id)
          : before.extend(id, this._ids());
    this._active = id;
    this.emit();
  }

  setActive(id: string): void {
    if (id !== this._active) {
      this._active = id;
      this.emit();
    }
  }

  /** Restore what was asked for before a reload; nothing is loaded yet. */
  restore(view: View): void {
    this._view = view;
  }

  private async _fetch(
    token: string | null,
    which: 'first' | 'later',
    signal: AbortSignal
  ): Promise<Pages.IPage<Experiment>> {
    const page = await this._client.experiments(
      {
        connection: this._connection ?? '',
        search: this._search,
        view: this._view,
        maxResults: which === 'first' ? FIRST_PAGE : LATER_PAGE,
        pageToken: token
      },
      signal
    );
    return {
      items: page.experiments,
      nextPageToken: page.next_page_token ?? null,
      total: null
    };
  }

  /** Where there is nothing to choose from, choose it: one click less. */
  private _chooseOnly(): void {
    if (this._selection.size > 0 || this.total === null || this._search) {
      return;
    }
    const candidates = this.items.filter(
      experiment => experiment.experiment_id !== DEFAULT_EXPERIMENT_ID
    );
    const only =
      candidates.length === 1
        ? candidates[0]
        : this.items.length === 1
          ? this.items[0]
          : null;
    if (only) {
      this.select(only.experiment_id);
    }
  }

  private _ids(): string[] {
    return this.items.map(experiment => experiment.experiment_id);
  }

  private _onPagesChanged(): void {
    this.emit();
  }

  private _active: string | null = null;
  private _client: IExplorerClient;
  private _connection: string | null = null;
  private _pages: Pages<Experiment>;
  private _search = '';
  private _selection = new Selection();
  private _view: View = 'active';
}
