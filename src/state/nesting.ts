/** Child runs under their parents: from loaded rows to the lines of the list. Pure. */
import type { IRunRow } from './table';

/** One line of the runs list. */
export interface IRunLine {
  readonly row: IRunRow;
  /** 0 for top-level lines. */
  readonly depth: number;
  /** Number of loaded children shown or hidden below this line. */
  readonly children: number;
  readonly isExpanded: boolean;
  /** True for a child whose parent is not above it (not loaded, or the list is flat). */
  readonly isOrphan: boolean;
  /** 1-based position among its siblings. */
  readonly position: number;
  /** Number of its siblings, itself included; null where more may exist on later pages. */
  readonly siblings: number | null;
}

/**
 * Arrange rows, in their order, into lines.
 *
 * With `nested`, a row whose parent is loaded goes below it, hidden unless the parent is in `expanded`. A cycle of
 * parents (possible with hand-written tags) is cut by showing its first row at the top level.
 */
export function arrange(
  rows: readonly IRunRow[],
  nested: boolean,
  expanded: ReadonlySet<string>,
  total: number | null
): IRunLine[] {
  const loaded = new Map(rows.map(row => [row.runId, row]));
  const children = new Map<string, IRunRow[]>();
  const top: IRunRow[] = [];
  for (const row of rows) {
    const parent = nested ? reachableParent(row, loaded) : null;
    if (parent === null) {
      top.push(row);
    } else {
      const siblings = children.get(parent);
      if (siblings) {
        siblings.push(row);
      } else {
        children.set(parent, [row]);
      }
    }
  }

  const lines: IRunLine[] = [];
  const add = (
    group: readonly IRunRow[],
    depth: number,
    siblings: number | null
  ): void => {
    group.forEach((row, index) => {
      const below = children.get(row.runId) ?? [];
      const isExpanded = below.length > 0 && expanded.has(row.runId);
      lines.push({
        row,
        depth,
        children: below.length,
        isExpanded,
        isOrphan: depth === 0 && row.parentRunId !== null,
        position: index + 1,
        siblings
      });
      if (isExpanded) {
        add(below, depth + 1, below.length);
      }
    });
  };
  const isComplete = total !== null && rows.length >= total;
  const known =
    total === null
      ? null
      : isComplete
        ? top.length
        : total - (rows.length - top.length);
  add(top, 0, known);
  return lines;
}

/** The loaded parent of a row; null where there is none, or where following parents comes back to the row. */
function reachableParent(
  row: IRunRow,
  loaded: ReadonlyMap<string, IRunRow>
): string | null {
  const parent = row.parentRunId;
  if (parent === null || !loaded.has(parent)) {
    return null;
  }
  const seen = new Set([row.runId]);
  let next: string | null = parent;
  while (next !== null && loaded.has(next)) {
    if (seen.has(next)) {
      return null;
    }
    seen.add(next);
    next = loaded.get(next)?.parentRunId ?? null;
  }
  return parent;
}
