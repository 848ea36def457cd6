/** A dialog that stays open until its work is done: it shows what failed, and keeps what was typed. */
import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useReducer } from 'react';
import { failureOf } from '../api/errors';

/** The body of a `SubmitDialog`: fields, and above them what is wrong. */
export abstract class FormBody<T>
  extends ReactWidget
  implements Dialog.IBodyWidget<T>
{
  constructor() {
    super();
    this.addClass('jp-MlflowForm');
  }

  /** What was typed. */
  abstract getValue(): T;

  /** The fields. */
  protected abstract fields(): JSX.Element;

  /** What is wrong with what was typed, before anybody is asked; null where nothing is. */
  check(): string | null {
    return null;
  }

  /** What failed; null for nothing. */
  get problem(): string | null {
    return this._problem;
  }
  set problem(problem: string | null) {
    this._problem = problem;
    this.redraw();
  }

  /** What is going on, in words; null for nothing. */
  get busy(): string | null {
    return this._busy;
  }
  set busy(busy: string | null) {
    this._busy = busy;
    this.node.setAttribute('aria-busy', String(busy !== null));
    this.redraw();
  }

  /**
   * Draw again, at once. The widget's own `update` comes later, and React would put the cursor of a field at its end.
   */
  protected redraw(): void {
    this._redraw?.();
  }

  protected render(): JSX.Element {
    return (
      <Live
        draw={() => this._draw()}
        connect={redraw => (this._redraw = redraw)}
      />
    );
  }

  private _draw(): JSX.Element {
    return (
      <>
        {this._problem && (
          <div className="jp-MlflowForm-problem" role="alert">
            {this._problem}
          </div>
        )}
        <div className="jp-MlflowForm-fields">{this.fields()}</div>
        <div className="jp-MlflowForm-busy" role="status">
          {this._busy && (
            <>
              <span className="jp-MlflowSpinner" aria-hidden="true" />
              {this._busy}
            </>
          )}
        </div>
      </>
    );
  }

  private _busy: string | null = null;
  private _problem: string | null = null;
  private _redraw: (() => void) | undefined;
}

/** Draws what it is told to, again whenever the function that it hands out is called. */
function Live(props: {
  draw: () => JSX.Element;
  connect: (redraw: () => void) => void;
}): JSX.Element {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const { connect } = props;
  useEffect(() => connect(redraw), [connect]);
  return props.draw();
}

/** Cancel, Escape and the cross abort the work; the other button does it. */
export class SubmitDialog<T, R> extends Dialog<T> {
  constructor(private _form: SubmitDialog.IOptions<T, R>) {
    super({
      title: _form.title,
      body: _form.body,
      focusNodeSelector: _form.focusNodeSelector,
      buttons: [
        Dialog.cancelButton({ label: _form.trans.__('Cancel') }),
        Dialog.okButton({ label: _form.submitLabel })
      ],
      defaultButton: SUBMIT
    });
    this.addClass('jp-MlflowFormDialog');
  }

  /** What the work returned; null where it was not done. */
  get result(): R | null {
    return this._result;
  }

  override resolve(index: number = SUBMIT): void {
    if (index === SUBMIT) {
      void this._submit();
    } else {
      this.reject();
    }
  }

  override reject(): void {
    this._abort?.abort();
    super.reject();
  }

  private async _submit(): Promise<void> {
    const { body, busyText, submit } = this._form;
    if (body.busy !== null || body.node.querySelector(':invalid')) {
      return;
    }
    body.problem = body.check();
    if (body.problem !== null) {
      return;
    }
    const abort = (this._abort = new AbortController());
    this._setBusy(busyText);
    try {
      this._result = await submit(body.getValue(), abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) {
        body.problem = failureOf(error).message;
      }
      return;
    } finally {
      this._setBusy(null);
    }
    if (!abort.signal.aborted) {
      super.resolve(SUBMIT);
    }
  }

  private _setBusy(busy: string | null): void {
    this._form.body.busy = busy;
    // Not `disabled`, which would take the focus away, and with it Escape its way here.
    this.node
      .querySelector('button.jp-mod-accept')
      ?.setAttribute('aria-disabled', String(busy !== null));
  }

  private _abort: AbortController | undefined;
  private _result: R | null = null;
}

/** Index of the button that does the work. */
const SUBMIT = 1;

/** The namespace for `SubmitDialog` types. */
export namespace SubmitDialog {
  /** Options of the constructor. */
  export interface IOptions<T, R> {
    title: string;
    body: FormBody<T>;
    submitLabel: string;
    /** Said while the work is done. */
    busyText: string;
    /** What has the focus first. */
    focusNodeSelector?: string;
    /** Do the work; what it throws is shown, and the dialog stays. */
    submit: (value: T, signal: AbortSignal) => Promise<R>;
    trans: TranslationBundle;
  }
}

/** Show a form; what the work returned, or null where the user gave up. */
export async function showForm<T, R>(
  options: SubmitDialog.IOptions<T, R>
): Promise<R | null> {
  const dialog = new SubmitDialog(options);
  await dialog.launch();
  return dialog.result;
}
