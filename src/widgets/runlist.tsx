/** The list of runs: a tree of virtual rows. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { caretRightIcon } from '@jupyterlab/ui-components';
import type { KeyboardEvent, MouseEvent } from 'react';
import {
  exactNumber,
  formatAge,
  formatNumber,
  formatTime,
  oneLine
} from '../format';
import type { IRunLine } from '../state/nesting';
import type { IRunRow } from '../state/table';
import { Hidden, StatusIcon, statusText } from './controls';
import { VirtualList, watchDrag, type IRowProps, type Move } from './list';
import type { IRunsProps } from './runs';

const ROW_HEIGHT = 26;

export function RunList(props: IRunsProps): JSX.Element {
  const { runs, actions, trans } = props;
  const { lines, active } = runs;
  const activeIndex = lines.findIndex(line => line.row.runId === active);

  // Room for carets only where there is one.
  const isTree = lines.some(line => line.children > 0 || line.isOrphan);

  const arrived = (runId: string | null, event: KeyboardEvent): void => {
    if (runId !== null && !(event.ctrlKey || event.metaKey)) {
      runs.select(runId, event.shiftKey ? 'extend' : 'only');
    }
  };
  const onMove = (move: Move, rows: number, event: KeyboardEvent): void => {
    const steps: Record<Exclude<Move, 'end'>, number> = {
      up: -1,
      down: 1,
      'page-up': -rows,
      'page-down': rows,
      home: -Infinity
    };
    if (move === 'end') {
      const { shiftKey, ctrlKey, metaKey } = event;
      const modifiers = { shiftKey, ctrlKey, metaKey } as KeyboardEvent;
      void runs.last().then(runId => arrived(runId, modifiers));
    } else {
      arrived(runs.step(steps[move]), event);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    const line: IRunLine | undefined = lines[activeIndex];
    const isAll =
      (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a';
    if (isAll) {
      runs.selectAll();
    } else if (event.key === 'Escape' && runs.selection.size > 0) {
      runs.clearSelection();
    } else if (!line) {
      return;
    } else if (event.key === ' ') {
      runs.select(line.row.runId, event.shiftKey ? 'extend' : 'toggle');
    } else if (event.key === 'Enter') {
      actions.showDetails(line.row.runId);
    } else if (event.key === 'ArrowRight' && line.children > 0) {
      if (line.isExpanded) {
        runs.step(1);
      } else {
        runs.setExpanded(line.row.runId, true);
      }
    } else if (event.key === 'ArrowLeft') {
      if (line.isExpanded) {
        runs.setExpanded(line.row.runId, false);
      } else if (line.depth > 0) {
        runs.setActive(line.row.parentRunId);
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <VirtualList
      role="tree"
      label={trans.__('Runs')}
      className={`jp-MlflowRuns-list${runs.isStale ? ' jp-mod-stale' : ''}${
        isTree ? '' : ' jp-mod-flat'
      }`}
      idPrefix="jp-mlflow-run"
      count={runs.lineCount}
      rowHeight={ROW_HEIGHT}
      activeIndex={activeIndex}
      activeKey={active}
      resetKey={JSON.stringify([
        runs.connection,
        runs.experimentIds,
        runs.query,
        runs.order,
        runs.view
      ])}
      isMulti
      isBusy={runs.isLoading}
      onLook={index => runs.look(index)}
      onMove={onMove}
      onKey={onKey}
      renderRow={(index, row) =>
        index < lines.length ? (
          <RunRow
            key={lines[index].row.runId}
            {...props}
            line={lines[index]}
            row={row}
          />
        ) : (
          <div
            key={`placeholder-${index}`}
            {...row}
            role="treeitem"
            className="jp-MlflowList-row jp-mod-placeholder"
            aria-label={trans.__('Loading…')}
            aria-busy="true"
          >
            <span className="jp-MlflowSkeleton" />
          </div>
        )
      }
    />
  );
}

function RunRow(
  props: IRunsProps & { line: IRunLine; row: IRowProps }
): JSX.Element {
  const { runs, actions, trans, line } = props;
  const { runId, name, status } = line.row;
  const isSelected = runs.selection.has(runId);
  const isActive = runId === runs.active;

  const onClick = (event: MouseEvent): void => {
    const isToggle = event.ctrlKey || event.metaKey;
    runs.select(
      runId,
      event.shiftKey
        ? isToggle
          ? 'extend-more'
          : 'extend'
        : isToggle
          ? 'toggle'
          : 'only'
    );
  };
  const onDrag = (clientX: number, clientY: number): void => {
    if (!runs.selection.has(runId)) {
      runs.select(runId);
    }
    actions.drag(runs.selectedIds, clientX, clientY);
  };

  return (
    <div
      {...props.row}
      role="treeitem"
      className={`jp-MlflowList-row jp-MlflowRuns-row${
        isSelected ? ' jp-mod-selected' : ''
      }${isActive ? ' jp-mod-active' : ''}${
        line.row.isDeleted ? ' jp-mod-deleted' : ''
      }`}
      aria-selected={isSelected}
      aria-level={line.depth + 1}
      aria-setsize={line.siblings ?? -1}
      aria-posinset={line.position}
      aria-expanded={line.children > 0 ? line.isExpanded : undefined}
      title={tooltip(line.row, trans)}
      data-run-id={runId}
      onMouseDown={event => watchDrag(event, onDrag)}
      onClick={onClick}
      onDoubleClick={() => actions.insertDefault(runId)}
      onContextMenu={() => {
        if (isSelected) {
          runs.setActive(runId);
        } else {
          runs.select(runId);
        }
      }}
    >
      <span
        className="jp-MlflowRuns-indent"
        style={{ width: 14 * line.depth }}
        aria-hidden="true"
      />
      {line.children > 0 ? (
        <span
          className={`jp-MlflowRuns-caret${line.isExpanded ? ' jp-mod-expanded' : ''}`}
          aria-hidden="true"
          onMouseDown={event => event.stopPropagation()}
          onDoubleClick={event => event.stopPropagation()}
          onClick={event => {
            event.stopPropagation();
            runs.setExpanded(runId, !line.isExpanded);
          }}
        >
          <caretRightIcon.react tag={null} />
        </span>
      ) : (
        <span className="jp-MlflowRuns-caret" aria-hidden="true">
          {line.isOrphan ? '↳' : ''}
        </span>
      )}
      <StatusIcon
        status={status}
        isDamaged={line.row.problem !== null}
        trans={trans}
      />
      <Hidden>
        {line.row.problem === null
          ? statusText(status, trans)
          : trans.__('damaged')}{' '}
      </Hidden>
      <span className="jp-MlflowRuns-name">{oneLine(name) || runId}</span>
      {line.isOrphan && <Hidden> {trans.__('(child run)')}</Hidden>}
      {line.children > 0 && (
        <span
          className="jp-MlflowTag"
          title={trans._n('%1 child run', '%1 child runs', line.children)}
        >
          {line.children}
        </span>
      )}
      {runs.metric !== null && (
        <span className="jp-MlflowRuns-metric">
          {line.row.metric === null ? '' : formatNumber(line.row.metric)}
        </span>
      )}
      <span className="jp-MlflowRuns-age">
        {line.row.startTimeMs === null
          ? ''
          : formatAge(line.row.startTimeMs, Date.now(), trans)}
      </span>
    </div>
  );

  function tooltip(row: IRunRow, bundle: TranslationBundle): string {
    const parts = [
      oneLine(row.name),
      row.problem !== null
        ? oneLine(row.problem, 300)
        : row.isDeleted
          ? bundle.__('%1, deleted', statusText(row.status, bundle))
          : statusText(row.status, bundle)
    ];
    if (row.startTimeMs !== null) {
      parts.push(bundle.__('Started %1', formatTime(row.startTimeMs)));
    }
    if (row.metric !== null && runs.metric !== null) {
      parts.push(`${oneLine(runs.metric)}: ${exactNumber(row.metric)}`);
    }
    parts.push(
      bundle.__('Double-click inserts cells; Enter shows the details.')
    );
    return parts.join('\n');
  }
}
