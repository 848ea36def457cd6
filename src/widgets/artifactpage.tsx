/** The page of an artifact that no viewer should open unasked: large, or of a kind that nobody shows. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { useState } from 'react';
import { failureOf, type IFailure } from '../api/errors';
import type { IFileHead } from '../api/client';
import { formatBytes, oneLine } from '../format';
import { ErrorNotice, LoadingNotice, TextButton } from './controls';

/** Bytes that the page shows on request. */
const FIRST_BYTES = 1_000_000;
/** Characters that are drawn; more makes the browser slow and is not read. */
const MAX_CHARACTERS = 1_000_000;

/** Why the artifact was not opened. */
export type PageReason = 'large' | 'binary';

export interface IArtifactPageProps {
  name: string;
  /** What JupyterLab calls files of this kind; null where it knows none. */
  typeName: string | null;
  sizeBytes: number | null;
  limitBytes: number;
  reason: PageReason;
  head: (maxBytes: number) => Promise<IFileHead>;
  download: () => void;
  insert: () => void;
  /** Open it all the same; null where no viewer could. */
  openAnyway: (() => void) | null;
  trans: TranslationBundle;
}

export function ArtifactPage(props: IArtifactPageProps): JSX.Element {
  const { trans, sizeBytes, limitBytes } = props;
  const [preview, setPreview] = useState<
    | { status: 'none' | 'loading' }
    | { status: 'ready'; text: string; isCut: boolean }
    | { status: 'failed'; failure: IFailure }
  >({ status: 'none' });

  const show = async (): Promise<void> => {
    setPreview({ status: 'loading' });
    try {
      const head = await props.head(FIRST_BYTES);
      const text = new TextDecoder().decode(head.bytes);
      setPreview({
        status: 'ready',
        text: text.slice(0, MAX_CHARACTERS),
        isCut: head.sizeBytes === null || head.sizeBytes > head.bytes.byteLength
      });
    } catch (error) {
      setPreview({ status: 'failed', failure: failureOf(error) });
    }
  };

  return (
    <div className="jp-MlflowArtifactPage">
      <h2>{oneLine(props.name)}</h2>
      <dl className="jp-MlflowFields">
        <dt>{trans.__('Size')}</dt>
        <dd>
          {sizeBytes === null ? trans.__('unknown') : formatBytes(sizeBytes)}
        </dd>
        <dt>{trans.__('Type')}</dt>
        <dd>{props.typeName ?? trans.__('unknown')}</dd>
      </dl>
      <p>
        {props.reason === 'large'
          ? trans.__(
              'This file is larger than the limit of %1 (setting “Size limit for opening”). Opening it whole may make the browser slow.',
              formatBytes(limitBytes)
            )
          : trans.__('No viewer is installed for this kind of file.')}
      </p>
      <div className="jp-MlflowArtifactPage-actions">
        <TextButton
          isPrimary
          label={trans.__('Insert loading code')}
          onClick={props.insert}
        />
        <TextButton label={trans.__('Download')} onClick={props.download} />
        <TextButton
          label={trans.__('Show first megabyte')}
          isDisabled={preview.status === 'loading'}
          onClick={() => void show()}
        />
        {props.openAnyway && (
          <TextButton
            label={trans.__('Open anyway')}
            onClick={props.openAnyway}
          />
        )}
      </div>
      {preview.status === 'loading' && (
        <LoadingNotice label={trans.__('Loading…')} />
      )}
      {preview.status === 'failed' && (
        <ErrorNotice
          title={trans.__('The file could not be read')}
          failure={preview.failure}
          onRetry={() => void show()}
          trans={trans}
        />
      )}
      {preview.status === 'ready' && (
        <>
          <p>
            {preview.isCut
              ? trans.__('The first megabyte, as text:')
              : trans.__('The whole file, as text:')}
          </p>
          <pre
            className="jp-MlflowArtifactPage-preview"
            tabIndex={0}
            aria-label={trans.__('Content')}
          >
            {preview.text}
          </pre>
        </>
      )}
    </div>
  );
}

/** The page as the content of a main area widget. */
export class ArtifactPageWidget extends ReactWidget {
  constructor(private _props: IArtifactPageProps) {
    super();
    this.addClass('jp-MlflowArtifactPage-widget');
  }

  protected render(): JSX.Element {
    return <ArtifactPage {...this._props} />;
  }
}
