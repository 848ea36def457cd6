/** The one error that leaves `api/`: Jupyter's response error plus the server's stable code. */
import { ServerConnection } from '@jupyterlab/services';
import type { Problem } from './types';

/** What state keeps of an error, and widgets show. */
export interface IFailure {
  /** For people; written by the server, or by us where the server could not be reached. */
  readonly message: string;
  /** Stable, for decisions: `bad_filter`, `tracking_unavailable`, `jupyter_unreachable`, … */
  readonly code: string;
  /** For `bad_filter`: 0-based index into the expression, null where unknown. */
  readonly position: number | null;
}

/** A reply that is not the answer asked for. Decide by `code`, never by message text. */
export class ExplorerError
  extends ServerConnection.ResponseError
  implements IFailure
{
  constructor(response: Response, problem: Partial<Problem>) {
    super(
      response,
      problem.message || `${response.status} ${response.statusText}`
    );
    this.code = problem.code ?? codeFromStatus(response.status);
    this.position = problem.position ?? null;
  }

  readonly code: string;
  readonly position: number | null;

  /** Read the error body of a reply; anything that is not our JSON becomes a plain message. */
  static async from(response: Response): Promise<ExplorerError> {
    let problem: Partial<Problem> = {};
    try {
      const body: unknown = await response.json();
      if (typeof body === 'object' && body !== null) {
        problem = body as Partial<Problem>;
      }
    } catch {
      // A proxy's HTML page, or nothing at all: the status line is all there is.
    }
    return new ExplorerError(response, problem);
  }
}

/** What to keep of anything that was thrown. */
export function failureOf(error: unknown): IFailure {
  if (error instanceof ExplorerError) {
    return {
      message: error.message,
      code: error.code,
      position: error.position
    };
  }
  if (error instanceof ServerConnection.NetworkError) {
    return {
      message: error.message,
      code: 'jupyter_unreachable',
      position: null
    };
  }
  return {
    message: error instanceof Error ? error.message : String(error),
    code: 'error',
    position: null
  };
}

function codeFromStatus(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 413:
      return 'too_large';
    default:
      return 'error';
  }
}
