import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { faultOfResolved } from './target-address.ts';

/** A target's name has an address that is not connected to. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/** Looks a name up as `dns.lookup` does with `all`; replaced in tests. */
export type LookUp = (
  name: string,
  options: { readonly all: true },
  callback: (
    error: NodeJS.ErrnoException | null,
    addresses: readonly { readonly address: string; readonly family: number }[],
  ) => void,
) => void;

/**
 * Looks up the name of a target while it is connected to, and refuses it if one of its addresses is
 * private. The connection takes the very addresses that were looked at, so DNS cannot change its
 * mind in between.
 */
export function guardedLookup(allowsPrivate: boolean, lookUp: LookUp = lookup as LookUp): LookupFunction {
  return (name, options, callback) => {
    lookUp(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const faults = allowsPrivate ? [] : addresses.map(({ address }) => faultOfResolved(name, address));
      const fault = faults.find((each) => each !== undefined);
      if (fault !== undefined) return callback(new RefusedAddress(fault), '', 0);
      if (options.all === true) return callback(null, [...addresses]);
      callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

/** How long a name that is put is looked up, ms. */
const PUT_LOOKUP_MS = 2_000;

/** Why a name may not be a target's now; undefined if it may, or if nobody can tell. */
export async function faultOfName(name: string, lookUp: LookUp = lookup as LookUp): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PUT_LOOKUP_MS, undefined);
    guardedLookup(false, lookUp)(name, { all: true }, (error) => {
      clearTimeout(timer);
      resolve(error instanceof RefusedAddress ? error.message : undefined);
    });
  });
}
