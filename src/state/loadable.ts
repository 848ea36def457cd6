/** Loading and failure are state: the union that every list and detail uses. */
import type { IFailure } from '../api/errors';

/** A value on its way. `previous` is what may be shown meanwhile. */
export type Loadable<T> =
  | { readonly status: 'idle' }
  | { readonly status: 'loading'; readonly previous?: T }
  | { readonly status: 'ready'; readonly value: T }
  | {
      readonly status: 'failed';
      readonly failure: IFailure;
      readonly previous?: T;
    };

/** What can be shown now: the value, or the one before. */
export function valueOf<T>(loadable: Loadable<T>): T | undefined {
  switch (loadable.status) {
    case 'ready':
      return loadable.value;
    case 'loading':
    case 'failed':
      return loadable.previous;
    default:
      return undefined;
  }
}
