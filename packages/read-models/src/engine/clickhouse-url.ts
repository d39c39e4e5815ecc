import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { ReadModelError } from '../read-model-error.ts';

/**
 * Location of the data without credentials: the folder of `chdb:/absolute/folder`, or the origin of
 * a server's URL.
 * @throws ReadModelError `invalid` for any other text.
 */
export function nameOf(url: string): string {
  if (url.startsWith('chdb:')) {
    const folder = url.slice('chdb:'.length);
    if (!isAbsolute(folder)) {
      throw new ReadModelError(
        'invalid',
        `${url}: the folder must be absolute, e.g. chdb:${resolve(folder || 'data')}`,
      );
    }
    return folder;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ReadModelError(
      'invalid',
      'ClickHouse is named by chdb:/absolute/folder or http(s)://user:password@host:8123',
    );
  }
  return new URL(url).origin;
}

const CONNECTIONS = 'max_open_connections';

/**
 * Default client settings as URL parameters; the URL may override them. `wait_end_of_query` holds
 * an answer back until the query has finished, so that an error never comes as the tail of an
 * answer; parallel formatting is off, because answers are short and its threads would cost more
 * than they save.
 */
const SERVER_DEFAULTS = {
  request_timeout: '60000',
  compression_request: 'true',
  compression_response: 'true',
  [CONNECTIONS]: '10',
  clickhouse_setting_wait_end_of_query: '1',
  clickhouse_setting_output_format_parallel_formatting: '0',
};

export interface ServerUrl {
  /** The URL in the form that the client takes. */
  readonly url: URL;
  readonly tls: { readonly tls?: { readonly ca_cert: Buffer } };
  /** Maximum number of concurrent statements of the client. */
  readonly connections: number;
}

/**
 * A server's URL with our settings, unless it sets them itself.
 * @throws ReadModelError `invalid`.
 */
export function serverUrl(given: string, settings: Readonly<Record<string, string>>): ServerUrl {
  const url = new URL(given);
  const tls = authorityOf(url);
  for (const [name, value] of Object.entries({ ...SERVER_DEFAULTS, ...settings })) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  const connections = Number(url.searchParams.get(CONNECTIONS));
  if (!Number.isInteger(connections) || connections < 1) {
    throw new ReadModelError('invalid', `${CONNECTIONS} of the ClickHouse URL must be a whole number from 1`);
  }
  return { url, tls, connections };
}

/**
 * The URL of a server for another user, who can change no setting: without ours, and without packed
 * answers, which are a setting too.
 * @throws ReadModelError `invalid`.
 */
export function urlAs(
  given: string,
  { user, password, database }: { readonly user: string; readonly password: string; readonly database: string },
): Pick<ServerUrl, 'url' | 'tls'> {
  const url = new URL(given);
  const tls = authorityOf(url);
  for (const name of [...url.searchParams.keys()]) {
    if (name.startsWith('clickhouse_') || name.startsWith('compression_')) url.searchParams.delete(name);
  }
  url.searchParams.set('clickhouse_setting_wait_end_of_query', '1');
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return { url, tls };
}

/** Removes our own parameter `ca=` from the URL, because the client would refuse it. */
function authorityOf(url: URL): ServerUrl['tls'] {
  const file = url.searchParams.get('ca');
  if (file === null) return {};
  url.searchParams.delete('ca');
  if (url.protocol !== 'https:') {
    throw new ReadModelError('invalid', `ca= of the ClickHouse URL is for https, and ${url.origin} is not`);
  }
  try {
    return { tls: { ca_cert: readFileSync(file) } };
  } catch (cause) {
    const { message } = cause as Error;
    throw new ReadModelError('invalid', `ca= of the ClickHouse URL names a file that cannot be read: ${message}`, {
      cause,
    });
  }
}
