import { isLoopback } from './loopback.ts';

/** How each kind of server is told to use TLS, or not to. */
const IS_PLAINTEXT: Readonly<Record<string, (settings: URLSearchParams) => boolean>> = {
  kafka: (settings) => settings.get('ssl') !== 'true' && !settings.has('ca'),
  esdb: (settings) => settings.get('tls')?.toLowerCase() === 'false',
  http: () => true,
};

/** Several hosts may stand there, and a password may hold whatever its writer forgot to encode. */
const PARTS = /^(\w+)(?:\+\w+)?:\/\/(.+)@([^@/?]*)[^?]*(?:\?(.*))?$/s;

/** Whether the URL sends a password to another machine without TLS, so that whoever is on the way can read it. */
export function sendsPasswordInPlaintext(url: string): boolean {
  const parts = PARTS.exec(url);
  if (parts === null) return false;
  const [, scheme = '', , hosts = '', settings = ''] = parts;
  const names = hosts.split(',').map((host) => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  if (names.every(isLoopback)) return false;
  return IS_PLAINTEXT[scheme]?.(new URLSearchParams(settings)) ?? false;
}
