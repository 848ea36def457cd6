/** The line above the sections: which tracking store, whether it answers, and what one can do with it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  ellipsesIcon,
  HTMLSelect,
  refreshIcon,
  VDomRenderer
} from '@jupyterlab/ui-components';
import type { ConnectionsState, IHealth } from '../state/connections';
import { ErrorNotice, IconButton } from './controls';

/** What the header asks for. */
export interface IHeaderActions {
  select(connection: string): void;
  refresh(): void;
  openMenu(anchor: HTMLElement): void;
  /** Insert the cell that copies a folder of runs into a database. */
  insertMigration(): void;
}

export interface IHeaderProps {
  connections: ConnectionsState;
  actions: IHeaderActions;
  trans: TranslationBundle;
}

function healthText(health: IHealth, trans: TranslationBundle): string {
  switch (health.status) {
    case 'checking':
      return trans.__('Connecting…');
    case 'ok':
      return trans.__('Connected');
    case 'failed':
      return trans.__('Not reachable');
    default:
      return '';
  }
}

export function Header(props: IHeaderProps): JSX.Element {
  const { connections, actions, trans } = props;
  const { list, health, current } = connections;
  const files = current?.kind === 'files';
  return (
    <div className="jp-MlflowHeader">
      <div className="jp-MlflowHeader-line">
        <HTMLSelect
          className="jp-MlflowHeader-select"
          aria-label={trans.__('Connection')}
          title={current?.tracking_uri}
          value={current?.id ?? ''}
          disabled={connections.all.length === 0}
          onChange={event => actions.select(event.target.value)}
          options={connections.all.map(connection => ({
            label: connection.name,
            value: connection.id
          }))}
        />
        <IconButton
          icon={refreshIcon}
          label={trans.__('Refresh')}
          onClick={() => actions.refresh()}
        />
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More actions')}
          hasMenu
          onClick={event => actions.openMenu(event.currentTarget)}
        />
      </div>
      {current && (
        <div className="jp-MlflowHeader-state" role="status">
          <span
            className="jp-MlflowHeader-dot"
            data-status={health.status}
            aria-hidden="true"
          />
          <span title={health.message || undefined}>
            {healthText(health, trans)}
          </span>
          <span className="jp-MlflowHeader-uri" title={current.tracking_uri}>
            {current.tracking_uri}
          </span>
        </div>
      )}
      {files && (
        <div className="jp-MlflowHeader-state">
          <span>{trans.__('A folder of run files (mlruns)')}</span>
          <button
            className="jp-MlflowLink"
            title={trans.__(
              'MLflow 3.18 opens such folders only when asked to. Insert a cell that copies the runs into a database; the folder stays as it is.'
            )}
            onClick={() => actions.insertMigration()}
          >
            {trans.__('Migrate…')}
          </button>
        </div>
      )}
      {list.status === 'failed' && (
        <ErrorNotice
          title={trans.__('The connections could not be read')}
          failure={list.failure}
          hint={
            list.failure.code === 'not_found'
              ? trans.__(
                  'The server part of the extension is not enabled. Run “jupyter server extension enable jupyter_mlflow_explorer” and restart Jupyter.'
                )
              : undefined
          }
          onRetry={() => void connections.load()}
          trans={trans}
        />
      )}
    </div>
  );
}

/** The header as a widget. */
export class HeaderWidget extends VDomRenderer<ConnectionsState> {
  constructor(options: {
    connections: ConnectionsState;
    actions: IHeaderActions;
    trans: TranslationBundle;
  }) {
    super(options.connections);
    this._options = options;
    this.addClass('jp-MlflowHeader-widget');
  }

  protected render(): JSX.Element {
    return <Header {...this._options} />;
  }

  private _options: IHeaderProps;
}
