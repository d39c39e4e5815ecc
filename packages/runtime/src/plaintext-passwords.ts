import { isLoopback } from './loopback.ts';

/** Per URL scheme: whether the settings switch TLS off. */
const IS_PLAINTEXT: Readonly<Record<string, (settings: URLSearchParams) => boolean>> = {
  kafka: (settings) => settings.get('ssl') !== 'true' && !settings.has('ca'),
  esdb: (settings) => settings.get('tls')?.toLowerCase() === 'false',
  http: () => true,
};

/** Tolerates several hosts, and a password with characters that its owner forgot to encode. */
const PARTS = /^(\w+)(?:\+\w+)?:\/\/(.+)@([^@/?]*)[^?]*(?:\?(.*))?$/s;

/**
 * Whether the URL sends a password to another machine without TLS, where anyone on the network path
 * could read it.
 */
export function sendsPasswordInPlaintext(url: string): boolean {
  const parts = PARTS.exec(url);
  if (parts === null) return false;
  const [, scheme = '', , hosts = '', settings = ''] = parts;
  const names = hosts.split(',').map((host) => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  if (names.every(isLoopback)) return false;
  return IS_PLAINTEXT[scheme]?.(new URLSearchParams(settings)) ?? false;
}
