/** The small components that every section uses. Props only. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownEmptyThinIcon,
  copyIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { ReactNode } from 'react';
import type { IFailure } from '../api/errors';
import type { RunStatus } from '../api/types';
import { statusIcons } from '../icons';

/** A button that shows an icon; its label is the name and the tooltip. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  hasMenu?: boolean;
  className?: string;
}): JSX.Element {
  const Icon = props.icon;
  return (
    <button
      type="button"
      className={`jp-MlflowButton jp-mod-icon ${props.className ?? ''}`}
      aria-label={props.label}
      aria-haspopup={props.hasMenu ? 'menu' : undefined}
      title={props.label}
      onClick={props.onClick}
    >
      <Icon.react tag="span" aria-hidden="true" />
    </button>
  );
}

/** A button that opens a menu; shows what is chosen in it. */
export function MenuButton(props: {
  /** Name of the choice, for the accessible name and the tooltip. */
  label: string;
  /** What is chosen. */
  value: string;
  icon?: LabIcon;
  /** Whether the icon is enough, because the choice is the usual one. */
  isQuiet?: boolean;
  onOpen: (anchor: HTMLElement) => void;
}): JSX.Element {
  const Icon = props.icon;
  const name = `${props.label}: ${props.value}`;
  return (
    <button
      type="button"
      className="jp-MlflowButton jp-MlflowMenuButton"
      aria-haspopup="menu"
      aria-label={name}
      title={name}
      onClick={event => props.onOpen(event.currentTarget)}
    >
      {Icon && <Icon.react tag="span" aria-hidden="true" />}
      {!props.isQuiet && (
        <span className="jp-MlflowMenuButton-value">{props.value}</span>
      )}
      <caretDownEmptyThinIcon.react tag="span" aria-hidden="true" />
    </button>
  );
}

/** A button with a word. */
export function TextButton(props: {
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  icon?: LabIcon;
  title?: string;
  isPrimary?: boolean;
  isDisabled?: boolean;
  hasMenu?: boolean;
}): JSX.Element {
  const Icon = props.icon;
  return (
    <button
      type="button"
      className={`jp-MlflowButton jp-mod-text${props.isPrimary ? ' jp-mod-primary' : ''}`}
      title={props.title}
      disabled={props.isDisabled}
      aria-haspopup={props.hasMenu ? 'menu' : undefined}
      onClick={props.onClick}
    >
      {Icon && <Icon.react tag="span" aria-hidden="true" />}
      {props.label}
    </button>
  );
}

/** A button that copies a value. */
export function CopyButton(props: {
  label: string;
  value: string;
  onCopy: (value: string) => void;
}): JSX.Element {
  return (
    <IconButton
      icon={copyIcon}
      label={props.label}
      className="jp-MlflowCopy"
      onClick={event => {
        event.stopPropagation();
        props.onCopy(props.value);
      }}
    />
  );
}

/** What a run is doing, in a word. */
export function statusText(
  status: RunStatus,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'FINISHED':
      return trans.__('Finished');
    case 'RUNNING':
      return trans.__('Running');
    case 'SCHEDULED':
      return trans.__('Scheduled');
    case 'FAILED':
      return trans.__('Failed');
    case 'KILLED':
      return trans.__('Killed');
  }
}

/** The icon of a status; a damaged run has none that could be trusted. */
export function StatusIcon(props: {
  status: RunStatus;
  isDamaged?: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  if (props.isDamaged) {
    return (
      <span
        className="jp-MlflowStatus"
        data-status="damaged"
        aria-hidden="true"
      >
        !
      </span>
    );
  }
  const Icon = statusIcons[props.status] ?? statusIcons.SCHEDULED;
  return (
    <span
      className="jp-MlflowStatus"
      data-status={props.status.toLowerCase()}
      aria-hidden="true"
    >
      <Icon.react tag={null} />
    </span>
  );
}

/** Text that only screen readers get. */
export function Hidden(props: { children: ReactNode }): JSX.Element {
  return <span className="jp-MlflowHidden">{props.children}</span>;
}

/** Something is on its way. */
export function LoadingNotice(props: { label: string }): JSX.Element {
  return (
    <div className="jp-MlflowNotice jp-mod-loading" role="status">
      <span className="jp-MlflowSpinner" aria-hidden="true" />
      {props.label}
    </div>
  );
}

/** There is nothing here: says why, and what to do. */
export function EmptyNotice(props: {
  title: string;
  children?: ReactNode;
}): JSX.Element {
  return (
    <div className="jp-MlflowNotice jp-mod-empty">
      <div className="jp-MlflowNotice-title">{props.title}</div>
      {props.children}
    </div>
  );
}

/** What to do about a failure, by its code; the message itself comes from the server. */
function advice(failure: IFailure, trans: TranslationBundle): string | null {
  switch (failure.code) {
    case 'jupyter_unreachable':
      return trans.__(
        'The Jupyter server does not answer. Check that it is running, then try again.'
      );
    case 'tracking_unavailable':
      return trans.__(
        'Start the tracking server or correct the connection, then try again.'
      );
    case 'tracking_timeout':
      return trans.__(
        'The tracking server may be busy. Try again in a moment.'
      );
    case 'tracking_denied':
      return trans.__(
        'Give the Jupyter server credentials for this tracking server, then try again.'
      );
    default:
      return null;
  }
}

/** Something failed: says what, and offers to try again. */
export function ErrorNotice(props: {
  title: string;
  failure: IFailure;
  /** What to do, where the code of the failure does not tell. */
  hint?: string;
  onRetry: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { failure, trans } = props;
  const hint = props.hint ?? advice(failure, trans);
  return (
    <div className="jp-MlflowNotice jp-mod-error" role="alert">
      <div className="jp-MlflowNotice-line">
        <span className="jp-MlflowNotice-title">{props.title}</span>
        <TextButton label={trans.__('Try again')} onClick={props.onRetry} />
      </div>
      <div className="jp-MlflowNotice-message">{failure.message}</div>
      {hint && <div>{hint}</div>}
    </div>
  );
}
