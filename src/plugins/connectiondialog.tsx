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
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlflowConnectionForm');
  }

  getValue(): NewConnection {
    return { name: this._name.trim(), tracking_uri: this._uri.trim() };
  }

  protected render(): JSX.Element {
    const trans = this._trans;
    return (
      <>
        <label>
          {trans.__('Name')}
          <input
            className="jp-mod-styled"
            name="name"
            maxLength={100}
            placeholder={trans.__('Team server')}
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
            onChange={event => (this._uri = event.target.value)}
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

  private _name = '';
  private _uri = '';
}

/** Ask for a name and a URI; null if the user cancels or leaves one out. */
export async function askForConnection(
  schemes: readonly string[],
  trans: TranslationBundle
): Promise<NewConnection | null> {
  const result = await showDialog({
    title: trans.__('Add a connection'),
    body: new ConnectionForm(schemes, trans),
    focusNodeSelector: 'input',
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Add') })
    ]
  });
  const { value } = result;
  return result.button.accept && value && value.tracking_uri
    ? { ...value, name: value.name || value.tracking_uri.slice(0, 100) }
    : null;
}
