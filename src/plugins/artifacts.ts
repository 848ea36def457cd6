/** Commands on artifacts: open, open with, download, copy, insert. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  MainAreaWidget,
  showErrorMessage
} from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import {
  copyIcon,
  downloadIcon,
  fileIcon,
  launchIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { failureOf } from '../api/errors';
import { CommandIDs, describedBy, type IArtifactArgs } from '../commands';
import { chooseOpening, type Opening } from '../drive/choice';
import {
  nameOf,
  toDrivePath,
  toFullPath,
  type IArtifactLocation
} from '../drive/path';
import { oneLine } from '../format';
import { insertIcon } from '../icons';
import type { PageReason } from '../widgets/artifactpage';
import { IExplorerContext } from './context';
import { IInsertion } from './insertion';

/** Opening a notebook of a stranger must not start a kernel for it. */
const NO_KERNEL = {
  shouldStart: false,
  canStart: false,
  autoStartDefault: false
};
/** Viewers that stream by URL, so that size does not matter. */
const STREAMING = new Set(['audio-provider', 'video-provider']);
const TEXT_EDITOR = 'Editor';
const MARKDOWN_PREVIEW = 'Markdown Preview';

/** Opens artifacts, one by one. */
class Opener {
  constructor(
    private _app: JupyterFrontEnd,
    private _context: IExplorerContext,
    private _documents: IDocumentManager,
    private _insert: (location: IArtifactLocation) => void
  ) {}

  /** Open in the viewer that fits, or on our own page where none does. */
  async open(location: IArtifactLocation): Promise<void> {
    const { client, settings, trans } = this._context;
    const fullPath = toFullPath(location);
    const drivePath = toDrivePath(location);
    const { registry } = this._documents;
    const factory = this._viewerOf(fullPath);
    const sizeBytes = this._sizeOf(location);
    let opening: Opening;
    try {
      opening = await chooseOpening(
        {
          sizeBytes,
          limitBytes: settings.openLimitBytes,
          isKnown: registry.getFileTypesForPath(fullPath).length > 0,
          isStreamed: STREAMING.has(factory.contentProviderId ?? '')
        },
        maxBytes => client.head(drivePath, maxBytes)
      );
    } catch (error) {
      await showErrorMessage(
        trans.__('%1 could not be opened', oneLine(nameOf(location.path), 80)),
        failureOf(error).message,
        [Dialog.okButton({ label: trans.__('OK') })]
      );
      return;
    }
    switch (opening) {
      case 'viewer':
        return this.openWith(location, factory.name);
      case 'text':
        return this.openWith(location, TEXT_EDITOR);
      default:
        return this._openPage(location, opening, sizeBytes);
    }
  }

  /** Open with this viewer, whatever the size. */
  openWith(location: IArtifactLocation, factory: string): void {
    const widget = this._documents.openOrReveal(
      toFullPath(location),
      factory,
      undefined,
      undefined,
      NO_KERNEL
    );
    // Loading completes a notebook's metadata; nobody should be asked to save that.
    void widget?.context.ready.then(() => {
      widget.context.model.dirty = false;
    });
  }

  /** Ask for a viewer. */
  async chooseAndOpen(location: IArtifactLocation): Promise<void> {
    const { trans } = this._context;
    const fullPath = toFullPath(location);
    const factories =
      this._documents.registry.preferredWidgetFactories(fullPath);
    const labels = factories.map(factory => factory.label ?? factory.name);
    const page = trans.__('File information');
    const result = await InputDialog.getItem({
      title: trans.__('Open %1 with', oneLine(nameOf(location.path), 60)),
      items: [...labels, page]
    });
    if (result.value === null) {
      return;
    }
    const chosen = factories[labels.indexOf(result.value)];
    const size = this._sizeOf(location);
    const isLarge =
      size !== null && size > this._context.settings.openLimitBytes;
    if (!chosen) {
      await this._openPage(location, isLarge ? 'large' : 'binary', size);
    } else if (isLarge && !STREAMING.has(chosen.contentProviderId ?? '')) {
      await this._openPage(location, 'large', size, chosen.name);
    } else {
      this.openWith(location, chosen.name);
    }
  }

  download(location: IArtifactLocation): void {
    const link = document.createElement('a');
    link.href = this._context.client.fileUrl(toDrivePath(location), true);
    link.download = nameOf(location.path);
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  /**
   * The viewer for a path: JupyterLab's default, but Markdown rendered rather than as source, since nobody can edit it.
   *
   * JupyterLab has `defaultRenderedWidgetFactory` for this, which up to 4.6 never finds one: it loops over indices.
   */
  private _viewerOf(fullPath: string): DocumentRegistry.WidgetFactory {
    const { registry } = this._documents;
    const usual = registry.defaultWidgetFactory(fullPath);
    const preview =
      usual.name === TEXT_EDITOR
        ? registry
            .preferredWidgetFactories(fullPath)
            .find(factory => factory.name === MARKDOWN_PREVIEW)
        : undefined;
    return preview ?? usual;
  }

  private _sizeOf(location: IArtifactLocation): number | null {
    const { run } = this._context.state;
    const tree = [run.artifacts, ...run.models.trees].find(
      ({ connection, runId, modelId }) =>
        connection === location.connection &&
        (location.modelId === undefined
          ? modelId === null && runId === location.runId
          : modelId === location.modelId)
    );
    return tree?.entry(location.path)?.size_bytes ?? null;
  }

  private async _openPage(
    location: IArtifactLocation,
    reason: PageReason,
    sizeBytes: number | null,
    factory?: string
  ): Promise<void> {
    const { client, settings, trans } = this._context;
    const { shell } = this._app;
    const fullPath = toFullPath(location);
    const id = `jp-mlflow-artifact:${fullPath}`;
    for (const widget of shell.widgets('main')) {
      if (widget.id === id) {
        shell.activateById(id);
        return;
      }
    }
    const { ArtifactPageWidget } = await import('../widgets/artifactpage');
    const drivePath = toDrivePath(location);
    const { registry } = this._documents;
    const types = registry.getFileTypesForPath(fullPath);
    const viewer =
      factory ?? (types.length > 0 ? this._viewerOf(fullPath).name : null);
    const content = new ArtifactPageWidget({
      name: nameOf(location.path),
      typeName: types[0]?.displayName ?? types[0]?.name ?? null,
      sizeBytes,
      limitBytes: settings.openLimitBytes,
      reason,
      head: maxBytes => client.head(drivePath, maxBytes),
      download: () => this.download(location),
      insert: () => this._insert(location),
      openAnyway:
        viewer === null || reason === 'binary'
          ? null
          : () => this.openWith(location, viewer),
      trans
    });
    const page = new MainAreaWidget({ content });
    page.id = id;
    page.title.label = oneLine(nameOf(location.path), 60);
    page.title.caption = oneLine(fullPath);
    page.title.icon = fileIcon;
    page.title.closable = true;
    shell.add(page, 'main');
    shell.activateById(id);
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlflow-explorer:artifacts',
  description: 'Commands on MLflow artifacts.',
  autoStart: true,
  requires: [IExplorerContext, IInsertion, IDocumentManager],
  optional: [ICommandPalette],
  activate: (
    app,
    context: IExplorerContext,
    insertion: IInsertion,
    documents: IDocumentManager,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const { state, trans } = context;
    const insert = (location: IArtifactLocation): Promise<number> =>
      insertion.insert({
        recipe: 'load-artifact',
        connection: location.connection,
        runIds: location.runId === undefined ? [] : [location.runId],
        modelId: location.modelId,
        artifactPath: location.path
      });
    const opener = new Opener(app, context, documents, location => {
      void insert(location);
    });

    /** What the arguments name, completed by what the panel shows; null where that is not enough. */
    const locate = (
      args: ReadonlyPartialJSONObject
    ): IArtifactLocation | null => {
      const wanted = args as IArtifactArgs;
      const shown = state.run.focusedArtifacts;
      const isNamed =
        wanted.runId !== undefined || wanted.modelId !== undefined;
      const connection =
        wanted.connection ??
        (isNamed ? state.connections.currentId : shown.connection);
      const path = wanted.path ?? (isNamed ? null : shown.active);
      const { runId, modelId } = isNamed
        ? wanted
        : {
            runId: shown.runId ?? undefined,
            modelId: shown.modelId ?? undefined
          };
      return connection !== null &&
        path !== null &&
        (runId !== undefined || modelId !== undefined)
        ? { connection, runId, modelId, path }
        : null;
    };
    const isFile = (args: ReadonlyPartialJSONObject): boolean => {
      const location = locate(args);
      return (
        location !== null &&
        (args.path !== undefined ||
          state.run.focusedArtifacts.activeEntry?.is_dir === false)
      );
    };
    const add = (
      id: string,
      label: string,
      icon: typeof insertIcon,
      isEnabled: (args: ReadonlyPartialJSONObject) => boolean,
      execute: (location: IArtifactLocation) => unknown
    ): void => {
      commands.addCommand(id, {
        label,
        icon,
        describedBy: describedBy.artifact,
        isEnabled,
        execute: async args => {
          // A command may come from elsewhere, before anybody looked at the panel.
          if (!args.connection && state.connections.currentId === null) {
            await state.start();
          }
          const location = locate(args);
          return location ? execute(location) : undefined;
        }
      });
      palette?.addItem({ command: id, category: trans.__('MLflow') });
    };
    const isNamed = (args: ReadonlyPartialJSONObject): boolean =>
      (args.runId !== undefined || args.modelId !== undefined) &&
      args.path !== undefined;
    const isAny = (args: ReadonlyPartialJSONObject): boolean =>
      isNamed(args) || locate(args) !== null;
    const isAnyFile = (args: ReadonlyPartialJSONObject): boolean =>
      isNamed(args) || isFile(args);

    add(
      CommandIDs.openArtifact,
      trans.__('Open Artifact'),
      launchIcon,
      isAnyFile,
      location => opener.open(location)
    );
    add(
      CommandIDs.openArtifactWith,
      trans.__('Open Artifact With…'),
      fileIcon,
      isAnyFile,
      location => opener.chooseAndOpen(location)
    );
    add(
      CommandIDs.insertArtifact,
      trans.__('Insert Loading Code'),
      insertIcon,
      isAny,
      insert
    );
    add(
      CommandIDs.downloadArtifact,
      trans.__('Download Artifact'),
      downloadIcon,
      isAnyFile,
      location => opener.download(location)
    );
    add(
      CommandIDs.copyArtifactPath,
      trans.__('Copy Artifact Path'),
      copyIcon,
      isAny,
      location => Clipboard.copyToSystem(location.path)
    );
    add(
      CommandIDs.copyArtifactRunId,
      trans.__('Copy Run Id of Artifact'),
      copyIcon,
      isAny,
      location => Clipboard.copyToSystem(location.runId ?? '')
    );
  }
};

export default plugin;
