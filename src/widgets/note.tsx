/** The note of a run: Markdown of a stranger, rendered untrusted and sanitised, or shown as text. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { useLayoutEffect, useRef } from 'react';

const MARKDOWN = 'text/markdown';

export function Note(props: {
  text: string;
  rendermime: IRenderMimeRegistry | null;
}): JSX.Element {
  const { text, rendermime } = props;
  const node = useRef<HTMLDivElement>(null);
  // A layout effect, because its cleanup runs while the host is still in the page; Lumino wants that for detaching.
  useLayoutEffect(() => {
    const host = node.current;
    if (!rendermime || !host) {
      return;
    }
    const renderer = rendermime.createRenderer(MARKDOWN);
    const model = rendermime.createModel({
      data: { [MARKDOWN]: text },
      trusted: false
    });
    Widget.attach(renderer, host);
    void renderer.renderModel(model);
    return () => {
      if (host.isConnected) {
        renderer.dispose();
      }
    };
  }, [text, rendermime]);
  return (
    <div ref={node} className="jp-MlflowNote">
      {rendermime ? null : text}
    </div>
  );
}
