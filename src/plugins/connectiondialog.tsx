/** The dialog that asks for a new connection. */
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { NewConnection } from '../api/types';

class ConnectionForm
  extends ReactWidget
  implements Dialog.IBodyWidget<NewConnection>
{
  constructor(
    private _schemes: readonly string[],
    private _trans: TranslationBundle,
    before: NewConnection | null,
    private _problem: string | null
  ) {
    super();
    this._name = before?.name ?? '';
    this._uri = before?.tracking_uri ?? '';
    this._registryUri = before?.registry_uri ?? '';
    this.addClass('jp-MlflowConnectionForm');
  }

  getValue(): NewConnection {
    return {
      name: this._name.trim(),
      tracking_uri: this._uri.trim(),
      registry_uri: this._registryUri.trim() || null
    };
  }

  protected render(): JSX.Element {
    const trans = this._trans;
    return (
      <>
        {this._problem && (
          <div className="jp-MlflowConnectionForm-problem" role="alert">
            {this._problem}
          </div>
        )}
        <label>
          {trans.__('Name')}
          <input
            className="jp-mod-styled"
            name="name"
            maxLength={100}
            placeholder={trans.__('Team server')}
            defaultValue={this._name}
            onChange={event => (this._name = event.target.value)}
          />
        </label>
        <label>
          {trans.__('Tracking URI')}
          <input
            className="jp-mod-styled"
            name="tracking_uri"
            maxLength={4096}
            spellCheck={false}
            autoComplete="off"
            placeholder={trans.__('https://mlflow.example.org')}
            defaultValue={this._uri}
            onChange={event => (this._uri = event.target.value)}
          />
        </label>
        <label>
          {trans.__('Registry URI, where it differs')}
          <input
            className="jp-mod-styled"
            name="registry_uri"
            maxLength={4096}
            spellCheck={false}
            autoComplete="off"
            defaultValue={this._registryUri}
            onChange={event => (this._registryUri = event.target.value)}
          />
        </label>
        <p>
          {trans.__(
            'As in mlflow.set_tracking_uri. Kept on the Jupyter server; a user and password in it are never sent to the browser again.'
          )}
        </p>
        {this._schemes.length > 0 && (
          <p>{trans.__('Possible: %1', this._schemes.join(', '))}</p>
        )}
      </>
    );
  }

  private _name: string;
  private _uri: string;
  private _registryUri: string;
}

/** Ask for a name and a URI; null if the user cancels. `before` and `problem` are those of an attempt that failed. */
export async function askForConnection(
  schemes: readonly string[],
  trans: TranslationBundle,
  before: NewConnection | null = null,
  problem: string | null = null
): Promise<NewConnection | null> {
  const result = await showDialog({
    title: trans.__('Add a connection'),
    body: new ConnectionForm(schemes, trans, before, problem),
    focusNodeSelector: 'input',
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Add') })
    ]
  });
  const { value } = result;
  if (!result.button.accept || !value) {
    return null;
  }
  if (!value.tracking_uri) {
    const missing = trans.__('A tracking URI is needed.');
    return askForConnection(schemes, trans, value, missing);
  }
  return { ...value, name: value.name || value.tracking_uri.slice(0, 100) };
}
