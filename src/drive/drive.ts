/**
 * The read-only drive `MLflow`, by which every viewer of JupyterLab opens artifacts.
 *
 * Written by hand because the stock `Drive` brings providers for media and collaboration that a foreign drive cannot
 * serve, and asks for checkpoints. Reading itself is Jupyter's `RestContentProvider` against our contents route.
 */
import { URLExt } from '@jupyterlab/coreutils';
import {
  RestContentProvider,
  type Contents,
  type ServerConnection
} from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import { API } from '../api/request';
import type { IExplorerClient } from '../api/client';
import { DRIVE_NAME } from './path';

/** Viewers that stream by URL ask for these; the contents model would only repeat the bytes. */
const STREAMING_PROVIDERS = new Set(['audio-provider', 'video-provider']);

export class ArtifactDrive implements Contents.IDrive {
  constructor(options: ArtifactDrive.IOptions) {
    this.serverSettings = options.serverSettings;
    this._client = options.client;
    this._provider = new RestContentProvider({
      apiEndpoint: URLExt.join(API, 'contents'),
      serverSettings: options.serverSettings
    });
  }

  readonly name = DRIVE_NAME;
  readonly serverSettings: ServerConnection.ISettings;
  readonly contentProviderRegistry = undefined;
  readonly sharedModelFactory = undefined;

  /** Never emitted: nothing here changes through us. */
  get fileChanged(): ISignal<this, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async get(
    localPath: string,
    options: Contents.IFetchOptions = {}
  ): Promise<Contents.IModel> {
    const { contentProviderId, ...rest } = options;
    const streams = STREAMING_PROVIDERS.has(contentProviderId ?? '');
    return this._provider.get(
      localPath,
      streams ? { ...rest, content: false } : rest
    );
  }

  async getDownloadUrl(localPath: string): Promise<string> {
    return this._client.fileUrl(localPath, false);
  }

  async listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return [];
  }

  newUntitled(): Promise<Contents.IModel> {
    return refuse();
  }

  delete(): Promise<void> {
    return refuse();
  }

  rename(): Promise<Contents.IModel> {
    return refuse();
  }

  save(): Promise<Contents.IModel> {
    return refuse();
  }

  copy(): Promise<Contents.IModel> {
    return refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return refuse();
  }

  restoreCheckpoint(): Promise<void> {
    return refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return refuse();
  }

  private _client: IExplorerClient;
  private _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
  private _isDisposed = false;
  private _provider: RestContentProvider;
}

/** The namespace for `ArtifactDrive` types. */
export namespace ArtifactDrive {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    serverSettings: ServerConnection.ISettings;
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('MLflow artifacts are read-only.'));
}
