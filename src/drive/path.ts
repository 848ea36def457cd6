/**
 * Drive paths to and from connection, run and artifact. Pure.
 *
 * A path on the drive is `<connection>/<run id>/<artifact path>`, unencoded; a full one is `MLflow:<path>`. Every part
 * may hold any character but `/`; encoding for URLs is the business of whoever builds one.
 */

/** Name of the drive; free of `:` and `/`, which the contents manager splits at. */
export const DRIVE_NAME = 'MLflow';

/** What a drive path names. */
export interface IArtifactLocation {
  readonly connection: string;
  readonly runId: string;
  /** Relative POSIX path below the run's artifacts; '' for their root. */
  readonly path: string;
}

/** The path on the drive. */
export function toDrivePath(location: IArtifactLocation): string {
  const { connection, runId, path } = location;
  return path ? `${connection}/${runId}/${path}` : `${connection}/${runId}`;
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
  const [connection, runId, ...rest] = path.replace(/^\/+/, '').split('/');
  return connection && runId
    ? { connection, runId, path: rest.join('/') }
    : null;
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
