/** Which language the cells of a notebook are run in. */
import type { NotebookPanel } from '@jupyterlab/notebook';

/** A kernel that has not said what it is within this time is judged by its specification. */
const INFO_LIMIT_MS = 1500;

/**
 * The language of a notebook: what the kernel says, else its specification, else the notebook's metadata.
 *
 * Lower case; '' where nobody knows (a new notebook without a kernel).
 */
export async function kernelLanguage(panel: NotebookPanel): Promise<string> {
  const kernel = panel.sessionContext.session?.kernel;
  if (kernel) {
    const info = await Promise.race([
      kernel.info.catch(() => null),
      new Promise<null>(resolve =>
        setTimeout(() => resolve(null), INFO_LIMIT_MS)
      )
    ]);
    const language = info?.language_info.name;
    if (language) {
      return language.toLowerCase();
    }
  }
  const name = kernel?.name ?? panel.sessionContext.kernelPreference.name;
  const spec = name
    ? panel.sessionContext.specsManager.specs?.kernelspecs[name]
    : undefined;
  return (
    spec?.language ??
    panel.content.model?.defaultKernelLanguage ??
    ''
  ).toLowerCase();
}
