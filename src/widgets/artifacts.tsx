/** The artifacts of a run or logged model: a tree of virtual rows that loads folder by folder. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretRightIcon,
  fileIcon,
  folderIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import { useEffect, type KeyboardEvent } from 'react';
import type { Artifact } from '../api/types';
import { formatBytes, oneLine } from '../format';
import {
  folderOf,
  type ArtifactsState,
  type IArtifactLine
} from '../state/artifacts';
import {
  EmptyNotice,
  ErrorNotice,
  LoadingNotice,
  TextButton
} from './controls';
import { VirtualList, watchDrag, type IRowProps, type Move } from './list';

const ROW_HEIGHT = 24;
/** The tree grows up to this many rows, then scrolls. */
const MAX_ROWS = 14;

/** What the tree asks for. */
export interface IArtifactsActions {
  open(artifacts: ArtifactsState, path: string): void;
  drag(
    artifacts: ArtifactsState,
    path: string,
    clientX: number,
    clientY: number
  ): void;
  /** The icon of JupyterLab's file type for this name. */
  iconOf(name: string): LabIcon | undefined;
}

export interface IArtifactsProps {
  artifacts: ArtifactsState;
  actions: IArtifactsActions;
  /** Accessible name of the tree. */
  label: string;
  /** Said where there are none. */
  none: string;
  /** Prefix of the ids of rows; unique in the page. */
  idPrefix: string;
  trans: TranslationBundle;
}

export function Artifacts(props: IArtifactsProps): JSX.Element {
  const { artifacts, actions, trans } = props;
  const { lines, active, key } = artifacts;
  useEffect(() => {
    void artifacts.load();
  }, [artifacts, key]);

  if (lines.length === 0) {
    return <LoadingNotice label={trans.__('Loading artifacts…')} />;
  }
  if (lines.length === 1 && lines[0].kind !== 'entry') {
    const [line] = lines;
    return line.kind === 'failed' ? (
      <ErrorNotice
        title={trans.__('The artifacts could not be listed')}
        failure={line.failure}
        onRetry={() => artifacts.retry(line.folder)}
        trans={trans}
      />
    ) : line.kind === 'empty' ? (
      <EmptyNotice title={props.none} />
    ) : (
      <LoadingNotice label={trans.__('Loading artifacts…')} />
    );
  }

  const activeIndex = lines.findIndex(
    line => line.kind === 'entry' && line.entry.path === active
  );
  const go = (index: number, step: 1 | -1): void => {
    const bounded = Math.min(lines.length - 1, Math.max(0, index));
    for (let i = bounded; i >= 0 && i < lines.length; i += step) {
      const line = lines[i];
      if (line.kind === 'entry') {
        artifacts.setActive(line.entry.path);
        return;
      }
    }
  };
  const onMove = (move: Move, rows: number): void => {
    switch (move) {
      case 'up':
        return go(activeIndex - 1, -1);
      case 'down':
        return go(activeIndex + 1, 1);
      case 'page-up':
        return go(activeIndex - rows, -1);
      case 'page-down':
        return go(activeIndex + rows, 1);
      case 'home':
        return go(0, 1);
      case 'end':
        return go(lines.length - 1, -1);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    const line = lines[activeIndex];
    if (!line || line.kind !== 'entry') {
      return;
    }
    const { entry, isExpanded } = line;
    if (event.key === 'Enter' || event.key === ' ') {
      activate(entry, isExpanded);
    } else if (event.key === 'ArrowRight' && entry.is_dir) {
      if (isExpanded) {
        go(activeIndex + 1, 1);
      } else {
        void artifacts.setExpanded(entry.path, true);
      }
    } else if (event.key === 'ArrowLeft') {
      if (isExpanded) {
        void artifacts.setExpanded(entry.path, false);
      } else if (line.depth > 0) {
        artifacts.setActive(folderOf(entry.path));
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const activate = (entry: Artifact, isExpanded: boolean): void => {
    if (entry.is_dir) {
      void artifacts.setExpanded(entry.path, !isExpanded);
    } else {
      actions.open(artifacts, entry.path);
    }
  };

  return (
    <div
      className="jp-MlflowArtifacts"
      style={{ height: Math.min(lines.length, MAX_ROWS) * ROW_HEIGHT + 2 }}
    >
      <VirtualList
        role="tree"
        label={props.label}
        className="jp-MlflowArtifacts-list"
        idPrefix={props.idPrefix}
        count={lines.length}
        rowHeight={ROW_HEIGHT}
        activeIndex={activeIndex}
        activeKey={active}
        resetKey={key}
        onLook={last => {
          for (let i = last; i >= 0 && i > last - MAX_ROWS * 3; i--) {
            const line = lines[i];
            if (line?.kind === 'more') {
              artifacts.more(line.folder);
            }
          }
        }}
        onMove={onMove}
        onKey={onKey}
        renderRow={(index, row) => {
          const line = lines[index];
          return line.kind === 'entry' ? (
            <EntryRow
              key={`entry ${line.entry.path}`}
              {...props}
              line={line}
              row={row}
              onActivate={() => activate(line.entry, line.isExpanded)}
            />
          ) : (
            <InfoRow
              key={`${line.kind} ${line.folder}`}
              {...props}
              line={line}
              row={row}
            />
          );
        }}
      />
    </div>
  );
}

function EntryRow(
  props: IArtifactsProps & {
    line: Extract<IArtifactLine, { kind: 'entry' }>;
    row: IRowProps;
    onActivate: () => void;
  }
): JSX.Element {
  const { artifacts, actions, trans, line } = props;
  const { entry, isExpanded } = line;
  const isActive = entry.path === artifacts.active;
  const Icon = entry.is_dir
    ? folderIcon
    : (actions.iconOf(entry.name) ?? fileIcon);
  const size =
    entry.is_dir || typeof entry.size_bytes !== 'number'
      ? ''
      : formatBytes(entry.size_bytes);
  return (
    <div
      {...props.row}
      role="treeitem"
      className={`jp-MlflowList-row jp-MlflowArtifacts-row${
        isActive ? ' jp-mod-selected jp-mod-active' : ''
      }`}
      data-is-dir={entry.is_dir}
      data-path={entry.path}
      aria-level={line.depth + 1}
      aria-setsize={line.siblings ?? -1}
      aria-posinset={line.position}
      aria-expanded={entry.is_dir ? isExpanded : undefined}
      aria-selected={isActive}
      title={[
        oneLine(entry.path),
        size,
        entry.is_dir ? '' : trans.__('Double-click or Enter opens it.')
      ]
        .filter(Boolean)
        .join('\n')}
      onMouseDown={event =>
        watchDrag(event, (clientX, clientY) => {
          artifacts.setActive(entry.path);
          actions.drag(artifacts, entry.path, clientX, clientY);
        })
      }
      onClick={event => {
        artifacts.setActive(entry.path);
        // A double click, as in the file browser, opens a folder and must not close it again.
        if (entry.is_dir && event.detail <= 1) {
          props.onActivate();
        }
      }}
      onDoubleClick={() => {
        if (!entry.is_dir) {
          props.onActivate();
        }
      }}
      onContextMenu={() => artifacts.setActive(entry.path)}
    >
      <span
        className="jp-MlflowRuns-indent"
        style={{ width: 14 * line.depth }}
        aria-hidden="true"
      />
      <span
        className={`jp-MlflowRuns-caret${isExpanded ? ' jp-mod-expanded' : ''}`}
        aria-hidden="true"
      >
        {entry.is_dir && <caretRightIcon.react tag={null} />}
      </span>
      <Icon.react
        tag="span"
        className="jp-MlflowArtifacts-icon"
        aria-hidden="true"
      />
      <span className="jp-MlflowArtifacts-name">{oneLine(entry.name)}</span>
      <span className="jp-MlflowArtifacts-size">{size}</span>
    </div>
  );
}

function InfoRow(
  props: IArtifactsProps & {
    line: Exclude<IArtifactLine, { kind: 'entry' }>;
    row: IRowProps;
  }
): JSX.Element {
  const { artifacts, trans, line } = props;
  return (
    <div
      {...props.row}
      role="treeitem"
      aria-level={line.depth + 1}
      aria-selected={false}
      className="jp-MlflowList-row jp-MlflowArtifacts-info"
    >
      <span
        className="jp-MlflowRuns-indent"
        style={{ width: 14 * line.depth + 16 }}
      />
      {line.kind === 'empty' && trans.__('Empty folder')}
      {line.kind === 'more' && trans.__('Loading…')}
      {line.kind === 'failed' && (
        <>
          <span
            className="jp-MlflowArtifacts-name"
            title={oneLine(line.failure.message)}
          >
            {oneLine(line.failure.message)}
          </span>
          <TextButton
            label={trans.__('Try again')}
            onClick={() => artifacts.retry(line.folder)}
          />
        </>
      )}
    </div>
  );
}
