import { expect, it } from 'vitest';
import { parseTrustedProxies } from './trusted-proxies.ts';

it('addresses and networks of both families are told from others, and IPv4 within IPv6 is the same address', () => {
  const isTrusted = parseTrustedProxies('10.0.0.0/8, 192.168.7.9,fd00::/8, loopback')!;
  for (const address of ['10.255.1.2', '::ffff:10.1.2.3', '192.168.7.9', 'fd12::1', '127.8.8.8', '::1'])
    expect(isTrusted(address), address).toBe(true);
  for (const address of ['11.0.0.1', '192.168.7.8', 'fe80::1', '', 'nonsense'])
    expect(isTrusted(address), address).toBe(false);
});

it.each(['', 'caddy', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8', '10.0.0.0/8,', 'fd00::/129', '10.0.0'])(
  '%s is no list of proxies',
  (text) => expect(parseTrustedProxies(text)).toBeUndefined(),
);
