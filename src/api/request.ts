/** The one function that calls the server part of this extension. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ExplorerError } from './errors';

/** Where all routes live, below Jupyter's base URL. */
export const API = 'mlflow-explorer/api';

/** Query values; an array repeats its key, and null or '' leaves it out. */
export type Query = Record<
  string,
  string | number | boolean | readonly string[] | null | undefined
>;

/** Absolute URL of a route, each path segment already encoded by the caller. */
export function routeUrl(
  settings: ServerConnection.ISettings,
  route: string,
  query: Query = {}
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      value.forEach(item => search.append(key, item));
    } else if (value !== null && value !== undefined && value !== '') {
      search.append(key, String(value));
    }
  }
  const text = search.toString();
  const url = URLExt.join(settings.baseUrl, API, route);
  return text ? `${url}?${text}` : url;
}

/** Send one request and return the reply, or throw `ExplorerError` for any status that is not 2xx. */
export async function send(
  settings: ServerConnection.ISettings,
  route: string,
  query: Query = {},
  init: RequestInit = {}
): Promise<Response> {
  const response = await ServerConnection.makeRequest(
    routeUrl(settings, route, query),
    init,
    settings
  );
  if (!response.ok) {
    throw await ExplorerError.from(response);
  }
  return response;
}

/** As `send`, and parse the JSON body; undefined for an empty reply (204). */
export async function request<T>(
  settings: ServerConnection.ISettings,
  route: string,
  query: Query = {},
  init: RequestInit = {}
): Promise<T> {
  const response = await send(settings, route, query, init);
  if (response.status === 204) {
    return undefined as T;
  }
  try {
    return (await response.json()) as T;
  } catch {
    throw new ExplorerError(response, {
      message:
        'The Jupyter server answered something that is not JSON. Check that the server extension is enabled.',
      code: 'not_json'
    });
  }
}
