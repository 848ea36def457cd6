/**
 * Drive paths to and from connection, run and artifact. Pure.
 *
 * A path on the drive is `<connection>/<run id>/<artifact path>`, or `<connection>/models/<model id>/<artifact path>` for
 * a logged model, unencoded; a full one is `MLflow:<path>`. Every part may hold any character but `/`; encoding for URLs
 * is the business of whoever builds one.
 */

/** Name of the drive; free of `:` and `/`, which the contents manager splits at. */
export const DRIVE_NAME = 'MLflow';

/** The part of a path that logged models are below; no run has this id. */
const MODELS = 'models';

/** What a drive path names. */
export interface IArtifactLocation {
  readonly connection: string;
  /** The run; with `modelId` the one that logged the model, undefined where that is not known. */
  readonly runId?: string;
  /** The logged model that has the artifact; undefined where the run has it. */
  readonly modelId?: string;
  /** Relative POSIX path below the artifacts; '' for their root. */
  readonly path: string;
}

/** The path on the drive. */
export function toDrivePath(location: IArtifactLocation): string {
  const { connection, runId, modelId, path } = location;
  const root =
    modelId === undefined
      ? `${connection}/${runId}`
      : `${connection}/${MODELS}/${modelId}`;
  return path ? `${root}/${path}` : root;
}

/** The path that documents are opened by. */
export function toFullPath(location: IArtifactLocation): string {
  return `${DRIVE_NAME}:${toDrivePath(location)}`;
}

/** What a path names, with or without the drive's name; null for the drive's root and for a connection alone. */
export function parsePath(fullPath: string): IArtifactLocation | null {
  const prefix = `${DRIVE_NAME}:`;
  const path = fullPath.startsWith(prefix)
    ? fullPath.slice(prefix.length)
    : fullPath;
  const [connection, owner, ...rest] = path.replace(/^\/+/, '').split('/');
  if (!connection || !owner) {
    return null;
  }
  if (owner !== MODELS) {
    return { connection, runId: owner, path: rest.join('/') };
  }
  const [modelId, ...below] = rest;
  return modelId ? { connection, modelId, path: below.join('/') } : null;
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
