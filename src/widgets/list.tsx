/**
 * A virtualised list or tree of rows of one height, complete by keyboard.
 *
 * The container keeps the focus and names the active row by `aria-activedescendant`; that row is always in the DOM.
 */
import { useVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useRef,
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode
} from 'react';

/** What a row must put on its element. */
export interface IRowProps {
  readonly id: string;
  readonly style: CSSProperties;
  readonly 'data-index': number;
}

/** Where the keyboard wants to go. */
export type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'home' | 'end';

export interface IVirtualListProps {
  role: 'tree' | 'listbox';
  /** Accessible name. */
  label: string;
  className: string;
  /** Prefix of the row ids; unique in the page. */
  idPrefix: string;
  count: number;
  rowHeight: number;
  /** Index of the active row, -1 for none. */
  activeIndex: number;
  /** Changes when another row becomes active, so that it is scrolled into view. */
  activeKey: string | null;
  /** Changes when the list becomes another one, so that it starts at its top. */
  resetKey?: string;
  isMulti?: boolean;
  isBusy?: boolean;
  tooltip?: string;
  renderRow: (index: number, props: IRowProps) => ReactNode;
  /** The rows up to this index are visible. */
  onLook: (lastIndex: number) => void;
  /** A key that moves; `rows` is how many rows a page has. */
  onMove: (move: Move, rows: number, event: KeyboardEvent) => void;
  /** Any other key. */
  onKey?: (event: KeyboardEvent) => void;
}

const MOVES: Record<string, Move> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'page-up',
  PageDown: 'page-down',
  Home: 'home',
  End: 'end'
};

/** Rows kept ready above and below what is visible. */
const OVERSCAN = 6;

export function VirtualList(props: IVirtualListProps): JSX.Element {
  const { count, activeIndex, activeKey, rowHeight, resetKey, onLook } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const indexes = defaultRangeExtractor(range);
        if (activeIndex >= 0 && activeIndex < range.count) {
          if (activeIndex < indexes[0]) {
            indexes.unshift(activeIndex);
          } else if (activeIndex > indexes[indexes.length - 1]) {
            indexes.push(activeIndex);
          }
        }
        return indexes;
      },
      [activeIndex]
    )
  });

  const last = virtualizer.range?.endIndex ?? -1;
  useEffect(() => {
    if (count > 0 && last >= 0) {
      onLook(Math.min(last, count - 1));
    }
  });

  useEffect(() => {
    if (activeIndex >= 0) {
      virtualizer.scrollToIndex(activeIndex, { align: 'auto' });
    }
    // Only another active row scrolls: the same one at another index (new rows above) must not move the view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [activeKey, activeIndex >= 0]);

  useEffect(() => {
    scroller.current?.scrollTo?.({ top: 0 });
  }, [resetKey]);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget) {
      return;
    }
    const move = MOVES[event.key];
    if (move && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      const height = event.currentTarget.clientHeight;
      props.onMove(
        move,
        Math.max(1, Math.floor(height / rowHeight) - 1),
        event
      );
    } else {
      props.onKey?.(event);
    }
  };

  // The menu key sends its event to the focused container; the menu is for the active row.
  const onContextMenu = (event: MouseEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || activeIndex < 0) {
      return;
    }
    const row = document.getElementById(`${props.idPrefix}-${activeIndex}`);
    if (row) {
      event.preventDefault();
      event.stopPropagation();
      const box = row.getBoundingClientRect();
      row.dispatchEvent(
        new window.MouseEvent('contextmenu', {
          bubbles: true,
          cancelable: true,
          clientX: box.left + 24,
          clientY: box.bottom
        })
      );
    }
  };

  const isActiveThere = activeIndex >= 0 && activeIndex < count;
  return (
    <div
      ref={scroller}
      className={`jp-MlflowList ${props.className}`}
      role={props.role}
      tabIndex={0}
      aria-label={props.label}
      aria-multiselectable={props.isMulti ? true : undefined}
      aria-busy={props.isBusy ? true : undefined}
      aria-activedescendant={
        isActiveThere ? `${props.idPrefix}-${activeIndex}` : undefined
      }
      title={props.tooltip}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
    >
      <div
        role="presentation"
        className="jp-MlflowList-rows"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(item =>
          props.renderRow(item.index, {
            id: `${props.idPrefix}-${item.index}`,
            'data-index': item.index,
            style: {
              height: rowHeight,
              transform: `translateY(${item.start}px)`
            }
          })
        )}
      </div>
    </div>
  );
}

/**
 * For `onMouseDown` of a row: focus the list and keep the browser's own selecting and dragging away.
 *
 * Without `preventDefault` the browser starts a drag of its own and Lumino's backdrop stays over the page.
 */
export function pressRow(event: MouseEvent<HTMLElement>): void {
  if (event.button === 0) {
    event.preventDefault();
    event.currentTarget
      .closest<HTMLElement>('.jp-MlflowList')
      ?.focus({ preventScroll: true });
  }
}

/** Pixels that the pointer must travel before a press becomes a drag. */
const DRAG_THRESHOLD = 5;

/** As `pressRow`, and tell when a drag begins. */
export function watchDrag(
  event: MouseEvent<HTMLElement>,
  onDrag: (clientX: number, clientY: number) => void
): void {
  pressRow(event);
  if (event.button !== 0) {
    return;
  }
  const { clientX, clientY } = event;
  const stop = (): void => {
    document.removeEventListener('mousemove', onMove, true);
    document.removeEventListener('mouseup', stop, true);
  };
  const onMove = (move: globalThis.MouseEvent): void => {
    const far =
      Math.abs(move.clientX - clientX) > DRAG_THRESHOLD ||
      Math.abs(move.clientY - clientY) > DRAG_THRESHOLD;
    if (far) {
      stop();
      onDrag(move.clientX, move.clientY);
    }
  };
  document.addEventListener('mousemove', onMove, true);
  document.addEventListener('mouseup', stop, true);
}
