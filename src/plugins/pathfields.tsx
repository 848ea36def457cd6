/** Where to write: the fields for folder and file name that dialogs share. */
import type { TranslationBundle } from '@jupyterlab/translation';

/** Folder and file name, side by side. */
export function PathFields(props: {
  folder: string;
  file: string;
  onFolder: (folder: string) => void;
  onFile: (file: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { folder, file, onFolder, onFile, trans } = props;
  return (
    <div className="jp-MlflowForm-row">
      <label>
        {trans.__('Folder')}
        <input
          className="jp-mod-styled"
          name="folder"
          spellCheck={false}
          placeholder={trans.__('the root folder')}
          value={folder}
          onChange={event => onFolder(event.target.value)}
        />
      </label>
      <label className="jp-mod-wide">
        {trans.__('File name')}
        <input
          className="jp-mod-styled"
          name="file"
          required
          maxLength={200}
          spellCheck={false}
          value={file}
          onChange={event => onFile(event.target.value)}
        />
      </label>
    </div>
  );
}
