/** How to open an artifact: in a viewer, or on our own page. Pure but for reading the first bytes. */
import type { IFileHead } from '../api/client';

/** Bytes that tell text from anything else; what `file` and git look at. */
const SNIFF_BYTES = 8000;

/** What is known before opening. */
export interface ICandidate {
  /** Null where the listing did not say. */
  readonly sizeBytes: number | null;
  readonly limitBytes: number;
  /** Whether JupyterLab knows the file type by its name. */
  readonly isKnown: boolean;
  /** Whether its viewer streams by URL, so that size does not matter. */
  readonly isStreamed: boolean;
}

/** What to do. `text` is an unknown type that turned out to be text. */
export type Opening = 'viewer' | 'text' | 'large' | 'binary';

/** Decide; reads the first bytes only where name and size leave it open. Rejects where they cannot be read. */
export async function chooseOpening(
  candidate: ICandidate,
  head: (maxBytes: number) => Promise<IFileHead>
): Promise<Opening> {
  const { limitBytes, isKnown, isStreamed } = candidate;
  if (isKnown && isStreamed) {
    return 'viewer';
  }
  let size = candidate.sizeBytes;
  if (isKnown && size !== null) {
    return size > limitBytes ? 'large' : 'viewer';
  }
  const start = await head(SNIFF_BYTES);
  size ??= start.sizeBytes;
  const isText = isKnown || looksLikeText(start.bytes);
  if (!isText) {
    return 'binary';
  }
  if (size !== null && size > limitBytes) {
    return 'large';
  }
  return isKnown ? 'viewer' : 'text';
}

/** Whether bytes are UTF-8 without control characters that no text has; a character cut at the end is fine. */
export function looksLikeText(bytes: ArrayBuffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, {
      stream: true
    });
    return !/[\u0000-\u0006\u000e-\u001a\u001c-\u001f]/.test(text);
  } catch {
    return false;
  }
}
