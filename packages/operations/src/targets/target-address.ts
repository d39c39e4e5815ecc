import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** How far an address reaches, as far as targets are concerned. */
type Reach = 'public' | 'loopback' | 'private';

/**
 * Only an address of the internet is public: every special range counts as private, those that hold
 * an IPv4 address too. Only NAT64 (64:ff9b::/96) is as public as the address in it, because some
 * networks have no other way to it.
 */
export function reachOf(address: string): Reach {
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'loopback') return 'loopback';
  // All IPv6 addresses of the internet begin with the bits 001 so far.
  if (range === 'unicast') {
    return parsed instanceof ipaddr.IPv6 && parsed.parts[0]! >> 13 !== 1 ? 'private' : 'public';
  }
  const isNat64 = range === 'rfc6052' && address.toLowerCase().startsWith('64:ff9b::');
  if (!isNat64) return 'private';
  return reachOf(parsed.toByteArray().slice(-4).join('.')) === 'public' ? 'public' : 'private';
}

const PRIVATE_WORDS = 'is no address of the internet: TARGETS_PRIVATE=on allows private and link-local ones';

/** Why an address that a name has is not connected to; undefined if it is. */
export function faultOfResolved(name: string, address: string): string | undefined {
  const reach = reachOf(address);
  if (reach === (name === 'localhost' ? 'loopback' : 'public')) return undefined;
  return `the name has the address ${address}, which ${PRIVATE_WORDS}`;
}

/** The authority as it is written, without a port. */
const HOST_AS_WRITTEN = /^https?:\/\/(\[[^\]/?#]*\]|[^/?#:]*)(?::\d*)?(?:[/?#]|$)/i;

/**
 * Why a target may not have this address, as far as the text shows it; undefined if it may. A name
 * is looked up again when it is connected to, because DNS can change its mind.
 */
export function faultOfUrl(text: string, allowsPrivate: boolean): string | undefined {
  if (!/^[\x21-\x5b\x5d-\x7e]+$/.test(text)) return 'must have no blanks, no backslashes and only letters of ASCII';
  if (!URL.canParse(text)) return 'must be an address, e.g. https://example.com/alerts';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) {
    return 'must have no user and no password: the secret signs what is sent';
  }
  if (text.includes('#')) return 'must have no fragment (#)';
  const written = HOST_AS_WRITTEN.exec(text)?.[1];
  if (written === undefined) return 'must begin with https:// and a host';
  // Other notations of an address, such as 0x7f.1, would hide what is connected to.
  if (written.toLowerCase() !== url.hostname) return `must name the host as ${url.hostname}`;
  return faultOfHost(url.hostname.replace(/^\[|\]$/g, ''), url.protocol === 'https:', allowsPrivate);
}

function faultOfHost(host: string, isHttps: boolean, allowsPrivate: boolean): string | undefined {
  const isAddress = isIP(host) !== 0;
  const reach = isAddress ? reachOf(host) : undefined;
  if (reach === 'private' && !allowsPrivate) return `${host} ${PRIVATE_WORDS}`;
  if (!isHttps && reach !== 'loopback' && host !== 'localhost') {
    return 'must begin with https://: http is for localhost and addresses of loopback only';
  }
  if (!isAddress && !allowsPrivate && /(?:^|\.)localhost\.?$/.test(host) && host !== 'localhost') {
    return `${host} is a name of this machine: write localhost`;
  }
  return undefined;
}
