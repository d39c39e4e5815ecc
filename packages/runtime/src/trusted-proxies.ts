import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** True for the address of a trusted proxy. */
export type IsTrusted = (address: string) => boolean;

/**
 * Parses addresses and networks (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`), separated by commas, or
 * `loopback`. Undefined for any other text.
 */
export function parseTrustedProxies(text: string): IsTrusted | undefined {
  const list = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === 'loopback') {
      list.addSubnet('127.0.0.0', 8, 'ipv4');
      list.addAddress('::1', 'ipv6');
      continue;
    }
    const [address = '', prefix, ...more] = entry.split('/');
    const version = isIP(address);
    const bits = prefix === undefined || !/^\d{1,3}$/.test(prefix) ? undefined : Number(prefix);
    if (version === 0 || more.length > 0 || (prefix !== undefined && bits === undefined)) return undefined;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if ((bits ?? 0) > (version === 4 ? 32 : 128)) return undefined;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Setting: parsed by {@link parseTrustedProxies}. */
export const trustedProxies = z.string().transform((text, context): IsTrusted => {
  const isTrusted = parseTrustedProxies(text);
  if (isTrusted !== undefined) return isTrusted;
  context.addIssue('must be addresses or networks, separated by commas, such as 10.0.0.7,10.8.0.0/16, or loopback');
  return z.NEVER;
});
