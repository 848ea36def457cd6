/** Which tracking store a kernel uses: asked of the kernel, and compared with our connections. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Kernel } from '@jupyterlab/services';
import type { Connection } from '../api/types';

/** What a kernel says. `uri` is without user and password, which need not leave the kernel. */
export interface IKernelStore {
  readonly uri: string;
  /** What relative paths in `uri` refer to. */
  readonly workingDir: string;
}

/** The kernel did not say; the message is for people, as far as Python gave one. */
export class KernelAnswerError extends Error {
  constructor(
    readonly reason: 'timeout' | 'no-mlflow' | 'failed',
    message = ''
  ) {
    super(message);
  }
}

/** How long to wait: `import mlflow` takes a few seconds, and the kernel may be at work. */
const LIMIT_MS = 30_000;

/** One expression, so that no name of the user is touched; hexadecimal digits need no unquoting. */
const EXPRESSION = [
  '__import__("json").dumps([',
  '__import__("re").sub(r"//[^/?#]*@", "//", __import__("mlflow").get_tracking_uri()),',
  '__import__("os").getcwd()',
  ']).encode().hex()'
].join(' ');

/** Ask a Python kernel for `mlflow.get_tracking_uri()`; leaves no trace in its history or its variables. */
export async function askKernel(
  kernel: Kernel.IKernelConnection,
  limitMs = LIMIT_MS
): Promise<IKernelStore> {
  const future = kernel.requestExecute(
    {
      code: '',
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false,
      user_expressions: { store: EXPRESSION }
    },
    true
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KernelAnswerError('timeout')), limitMs);
  });
  try {
    const { content } = await Promise.race([future.done, late]);
    if (content.status !== 'ok') {
      throw new KernelAnswerError('failed');
    }
    return parse(content.user_expressions?.store);
  } finally {
    clearTimeout(timer);
    future.dispose();
  }
}

/** Read the kernel's reply to the expression. */
export function parse(reply: unknown): IKernelStore {
  const { status, data, ename, evalue } = (reply ?? {}) as {
    status?: string;
    data?: Record<string, unknown>;
    ename?: string;
    evalue?: string;
  };
  if (status !== 'ok') {
    throw new KernelAnswerError(
      ename === 'ModuleNotFoundError' ? 'no-mlflow' : 'failed',
      evalue
    );
  }
  const digits = /^'((?:[0-9a-f]{2})*)'$/.exec(String(data?.['text/plain']));
  const bytes = (digits?.[1].match(/../g) ?? []).map(pair =>
    parseInt(pair, 16)
  );
  try {
    const found: unknown = JSON.parse(
      new TextDecoder().decode(new Uint8Array(bytes))
    );
    if (Array.isArray(found) && found.every(item => typeof item === 'string')) {
      return { uri: String(found[0]), workingDir: String(found[1]) };
    }
  } catch {
    // Told below.
  }
  throw new KernelAnswerError('failed');
}

/** The kernel's URI as one that means the same store everywhere. */
export function absoluteUri({ uri, workingDir }: IKernelStore): string {
  const sqlite = /^(sqlite(?:\+\w+)?:\/\/\/)(?!file:)([^?]*)(\?.*)?$/s.exec(
    uri
  );
  if (sqlite) {
    const [, , path, query] = sqlite;
    return `sqlite:///${absolutePath(workingDir, path)}${query ?? ''}`;
  }
  if (/^https?:/i.test(uri)) {
    return uri.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  }
  const file = /^file:(?:\/\/(?:localhost(?=\/))?)?(.*)$/is.exec(uri);
  if (file) {
    return `file://${absolutePath(workingDir, decoded(file[1]))}`;
  }
  const isPath = !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri) && uri !== 'databricks';
  return isPath ? `file://${absolutePath(workingDir, uri)}` : uri;
}

/** The connection to the kernel's store, if we have one. */
export function matching(
  connections: readonly Connection[],
  store: IKernelStore
): Connection | undefined {
  const wanted = absoluteUri(store);
  return connections.find(
    connection =>
      absoluteUri({
        uri: connection.tracking_uri.replace('//***@', '//'),
        workingDir: '/'
      }) === wanted
  );
}

function absolutePath(workingDir: string, path: string): string {
  // PathExt takes the leading slash off.
  return `/${PathExt.resolve('/', workingDir, path).replace(/^\/+/, '')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
