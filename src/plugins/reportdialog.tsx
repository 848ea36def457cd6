/** The dialog that asks what a report shall be. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReportFormat } from '../api/types';
import { oneLine } from '../format';
import { fileNameOf, type INotebookChoice } from '../notebook/whole';
import { PathFields } from './pathfields';
import { RunsChoice, type IRunsOffer } from './runschoice';
import { FormBody } from './submitdialog';

/** The ending of each format, as the server has it. */
export const ENDINGS: Record<ReportFormat, string> = {
  html: '.html',
  markdown: '.md',
  pdf: '.pdf'
};

/** What the user chose. */
export interface IReportChoice {
  format: ReportFormat;
  /** Run the cells first. */
  execute: boolean;
  folder: string;
  file: string;
  /** For a report about runs. */
  title: string;
  runs: INotebookChoice['runs'];
}

/** What the dialog offers. */
export interface IReportOffer {
  /** The notebook that exists; null for a report about runs. */
  notebook: string | null;
  runs: IRunsOffer;
  /** Whether the server can write PDF. */
  hasPdf: boolean;
  start: IReportChoice;
}

/** A file name with the ending of another format. */
export function withEnding(
  file: string,
  before: ReportFormat,
  after: ReportFormat
): string {
  return file.toLowerCase().endsWith(ENDINGS[before])
    ? file.slice(0, -ENDINGS[before].length) + ENDINGS[after]
    : file;
}

export class ReportForm extends FormBody<IReportChoice> {
  constructor(
    private _offer: IReportOffer,
    private _trans: TranslationBundle
  ) {
    super();
    this._choice = { ..._offer.start };
  }

  getValue(): IReportChoice {
    return { ...this._choice };
  }

  override check(): string | null {
    const trans = this._trans;
    const { file, folder, title } = this._choice;
    if (this._offer.notebook === null && !title.trim()) {
      return trans.__('A title is needed.');
    }
    if (!file.trim() || /[\\/]/.test(file)) {
      return trans.__('A file name without folders is needed.');
    }
    if (folder.split('/').includes('..')) {
      return trans.__('The folder must lie below the server’s root.');
    }
    return null;
  }

  protected fields(): JSX.Element {
    const trans = this._trans;
    const { notebook, runs, hasPdf } = this._offer;
    const choice = this._choice;
    const formats: [ReportFormat, string][] = [
      ['html', trans.__('HTML, one file that needs no network')],
      ['markdown', trans.__('Markdown')],
      [
        'pdf',
        hasPdf
          ? trans.__('PDF')
          : trans.__('PDF (needs Chromium on the Jupyter server)')
      ]
    ];
    return (
      <>
        {notebook !== null ? (
          <p>{trans.__('Of the notebook %1', oneLine(notebook))}</p>
        ) : (
          <>
            <label>
              {trans.__('Title')}
              <input
                className="jp-mod-styled"
                name="title"
                required
                maxLength={200}
                value={choice.title}
                onChange={event => this._setTitle(event.target.value)}
              />
            </label>
            <RunsChoice
              offer={runs}
              value={choice.runs}
              onChange={value => this._set({ runs: value })}
              trans={trans}
            />
          </>
        )}
        <div
          className="jp-MlflowForm-choice"
          role="radiogroup"
          aria-label={trans.__('Format')}
        >
          <span aria-hidden="true">{trans.__('Format')}</span>
          {formats.map(([format, label]) => (
            <label key={format}>
              <input
                type="radio"
                name="format"
                disabled={format === 'pdf' && !hasPdf}
                checked={choice.format === format}
                onChange={() =>
                  this._set({
                    format,
                    file: withEnding(choice.file, choice.format, format)
                  })
                }
              />
              {label}
            </label>
          ))}
        </div>
        {notebook !== null && (
          <div className="jp-MlflowForm-choice">
            <label>
              <input
                type="checkbox"
                name="execute"
                checked={choice.execute}
                onChange={event => this._set({ execute: event.target.checked })}
              />
              {trans.__('Run all cells first, in a kernel of its own')}
            </label>
          </div>
        )}
        <PathFields
          folder={choice.folder}
          file={choice.file}
          onFolder={folder => this._set({ folder })}
          onFile={file => {
            this._isFileTyped = true;
            this._set({ file });
          }}
          trans={trans}
        />
      </>
    );
  }

  private _setTitle(title: string): void {
    const { format } = this._choice;
    this._set(
      this._isFileTyped
        ? { title }
        : { title, file: fileNameOf(title, ENDINGS[format]) }
    );
  }

  private _set(change: Partial<IReportChoice>): void {
    this._choice = { ...this._choice, ...change };
    this.redraw();
  }

  private _choice: IReportChoice;
  private _isFileTyped = false;
}
