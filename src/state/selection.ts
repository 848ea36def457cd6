/** Which rows of a list are chosen, by mouse or keyboard. Pure: no signals, no DOM. */

/** An immutable selection over ids; order is that of choosing. */
export class Selection {
  constructor(
    readonly ids: readonly string[] = [],
    readonly anchor: string | null = null
  ) {
    this._set = new Set(ids);
  }

  get size(): number {
    return this.ids.length;
  }

  has(id: string): boolean {
    return this._set.has(id);
  }

  /** Choose this one alone. */
  only(id: string): Selection {
    return new Selection([id], id);
  }

  /** Add it, or take it away. */
  toggle(id: string): Selection {
    return this.has(id)
      ? new Selection(
          this.ids.filter(other => other !== id),
          id
        )
      : new Selection([...this.ids, id], id);
  }

  /**
   * Choose all rows between the anchor and this one, in the list's order.
   *
   * `keep` adds them to what is chosen (ctrl+shift). Without an anchor in the list, this one alone.
   */
  extend(
    id: string,
    ordered: readonly string[],
    keep: boolean = false
  ): Selection {
    const from = this.anchor === null ? -1 : ordered.indexOf(this.anchor);
    const to = ordered.indexOf(id);
    if (from < 0 || to < 0) {
      return this.only(id);
    }
    const range = ordered.slice(Math.min(from, to), Math.max(from, to) + 1);
    const ids = keep ? [...new Set([...this.ids, ...range])] : range;
    return new Selection(ids, this.anchor);
  }

  /** Choose all of these beside what is chosen. */
  all(ordered: readonly string[]): Selection {
    return new Selection(
      [...new Set([...this.ids, ...ordered])],
      this.anchor ?? ordered[0] ?? null
    );
  }

  clear(): Selection {
    return new Selection();
  }

  /** The chosen ids in the list's order, those not in the list last. */
  inOrder(ordered: readonly string[]): string[] {
    const shown = ordered.filter(id => this.has(id));
    if (shown.length === this.ids.length) {
      return shown;
    }
    const known = new Set(shown);
    return [...shown, ...this.ids.filter(id => !known.has(id))];
  }

  private _set: Set<string>;
}
