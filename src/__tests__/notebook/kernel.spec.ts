import type { NotebookPanel } from '@jupyterlab/notebook';
import { kernelLanguage } from '../../notebook/kernel';

interface ITeller {
  /** What the kernel answers; undefined without a kernel, null for one that does not say. */
  info?: string | null | Error;
  spec?: string;
  metadata?: string;
}

function panel({ info, spec, metadata }: ITeller): NotebookPanel {
  const answer =
    info instanceof Error
      ? Promise.reject(info)
      : info === null
        ? new Promise(() => undefined)
        : Promise.resolve({ language_info: { name: info } });
  return {
    sessionContext: {
      session:
        info === undefined ? null : { kernel: { name: 'k', info: answer } },
      kernelPreference: { name: 'k' },
      specsManager: {
        specs: spec ? { kernelspecs: { k: { language: spec } } } : null
      }
    },
    content: { model: { defaultKernelLanguage: metadata } }
  } as unknown as NotebookPanel;
}

it.each<[string, ITeller, string]>([
  ['the kernel', { info: 'R', spec: 'python', metadata: 'python' }, 'r'],
  ['the kernelspec without a kernel', { spec: 'Julia' }, 'julia'],
  [
    'the kernelspec of a dead kernel',
    { info: new Error('dead'), spec: 'R' },
    'r'
  ],
  ['the metadata at last', { metadata: 'python' }, 'python'],
  ['nobody', {}, '']
])('believes %s', async (_, teller, language) => {
  expect(await kernelLanguage(panel(teller))).toBe(language);
});

it('does not wait for a kernel that says nothing', async () => {
  jest.useFakeTimers();
  const asked = kernelLanguage(panel({ info: null, spec: 'R' }));
  await jest.advanceTimersByTimeAsync(2000);
  expect(await asked).toBe('r');
  jest.useRealTimers();
});
