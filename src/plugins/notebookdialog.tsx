/** The dialog that asks what a whole notebook shall hold. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import type { TemplateInfo } from '../api/types';
import { oneLine } from '../format';
import {
  fileNameOf,
  MAX_SECTIONS,
  type INotebookChoice
} from '../notebook/whole';
import { PathFields } from './pathfields';
import { RunsChoice, type IRunsOffer } from './runschoice';
import { FormBody } from './submitdialog';

/** More than these make a list that nobody reads. */
const MAX_LISTED = 500;

/** What the dialog offers. */
export interface INotebookOffer extends IRunsOffer {
  templates: readonly TemplateInfo[];
  metrics: readonly string[];
  /** Columns to group by. */
  groups: readonly string[];
  start: INotebookChoice;
}

export class NotebookForm extends FormBody<INotebookChoice> {
  constructor(
    private _offer: INotebookOffer,
    private _trans: TranslationBundle
  ) {
    super();
    this._choice = { ..._offer.start };
  }

  getValue(): INotebookChoice {
    return { ...this._choice };
  }

  override check(): string | null {
    const trans = this._trans;
    const { title, file, folder } = this._choice;
    if (!title.trim()) {
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
    const { templates, metrics, groups } = this._offer;
    const choice = this._choice;
    const template = templates.find(({ name }) => name === choice.template);
    return (
      <>
        <label>
          {trans.__('Title')}
          <input
            className="jp-mod-styled"
            name="title"
            required
            maxLength={200}
            value={choice.title}
            onChange={event => this._set({ title: event.target.value })}
          />
        </label>
        <RunsChoice
          offer={this._offer}
          value={choice.runs}
          onChange={runs => this._set({ runs })}
          trans={trans}
        />
        <div className="jp-MlflowForm-row">
          <label>
            {trans.__('Rank by')}
            <HTMLSelect
              name="rank"
              value={choice.rankBy}
              onChange={event => this._set({ rankBy: event.target.value })}
            >
              <option value="">{trans.__('Automatic')}</option>
              {metrics.slice(0, MAX_LISTED).map(metric => (
                <option key={metric} value={metric}>
                  {oneLine(metric, 60)}
                </option>
              ))}
            </HTMLSelect>
          </label>
          <label>
            {trans.__('Group by')}
            <HTMLSelect
              name="group"
              value={choice.groupBy}
              onChange={event => this._set({ groupBy: event.target.value })}
            >
              <option value="">{trans.__('None')}</option>
              {groups.slice(0, MAX_LISTED).map(column => (
                <option key={column} value={column}>
                  {oneLine(column.replace(/^\w+\./, ''), 60)}
                </option>
              ))}
            </HTMLSelect>
          </label>
          <label>
            {trans.__('Runs with a section')}
            <input
              className="jp-mod-styled"
              name="sections"
              type="number"
              required
              min={0}
              max={MAX_SECTIONS}
              step={1}
              defaultValue={choice.sections}
              onChange={event =>
                this._set({ sections: event.target.valueAsNumber })
              }
            />
          </label>
        </div>
        <p>
          {trans.__(
            'The best runs get a section each; all are in the tables and plots.'
          )}
        </p>
        <label>
          {trans.__('Template')}
          <HTMLSelect
            name="template"
            value={choice.template}
            onChange={event => this._set({ template: event.target.value })}
          >
            {templates.map(({ name, title, problem }) => (
              <option
                key={name}
                value={name}
                disabled={!!problem}
                title={problem ? oneLine(problem) : undefined}
              >
                {problem
                  ? trans.__('%1 (cannot be used)', oneLine(title || name, 60))
                  : oneLine(title || name, 60)}
              </option>
            ))}
          </HTMLSelect>
        </label>
        {template?.description && <p>{oneLine(template.description)}</p>}
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

  private _set(change: Partial<INotebookChoice>): void {
    this._choice = { ...this._choice, ...change };
    // The name follows the title until somebody types one.
    if (change.title !== undefined && !this._isFileTyped) {
      this._choice.file = fileNameOf(change.title);
    }
    this.redraw();
  }

  private _choice: INotebookChoice;
  private _isFileTyped = false;
}
