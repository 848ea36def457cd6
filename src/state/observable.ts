/**
 * Base of all state classes: one signal, and the guard against late answers.
 *
 * It has the shape of JupyterLab's `VDomRenderer.IModel` without importing React or the DOM.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

export class Observable implements IDisposable {
  /** Emitted after any change. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._controllers.forEach(controller => controller.abort());
    this._controllers.clear();
    Signal.clearData(this);
  }

  protected emit(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  /**
   * Start a load that replaces the one running under the same name.
   *
   * `isWanted()` is false once a newer one began or this object is gone; check it after each `await`. The signal ends
   * the older request, which makes the server stop its query.
   */
  protected begin(name: string): Observable.ITicket {
    this._controllers.get(name)?.abort();
    const controller = new AbortController();
    this._controllers.set(name, controller);
    return {
      signal: controller.signal,
      isWanted: () =>
        !this._isDisposed && this._controllers.get(name) === controller
    };
  }

  /** Forget the load running under this name, so that its answer is dropped. */
  protected cancel(name: string): void {
    this._controllers.get(name)?.abort();
    this._controllers.delete(name);
  }

  private _controllers = new Map<string, AbortController>();
  private _isDisposed = false;
  private _stateChanged = new Signal<this, void>(this);
}

/** The namespace for `Observable` types. */
export namespace Observable {
  /** One load under way. */
  export interface ITicket {
    readonly signal: AbortSignal;
    isWanted(): boolean;
  }
}
