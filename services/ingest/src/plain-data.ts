import type { Fault } from '@touchstone/journey';

/** Levels of objects and arrays in one event, itself included. */
export const DEPTH_MAX = 32;

const LONE_SURROGATE = /\p{Cs}/u;

/**
 * The first thing in parsed JSON that no event may hold, wherever it stands, fields that no schema knows included: names that could
 * reach a prototype, deep nesting, numbers beyond the range (they would be stored as null) and, if `escaped`, halves of surrogate
 * pairs (they cannot be written as UTF-8). Text without `\u` holds none of those, which saves looking.
 */
export function plainDataFault(value: object, escaped: boolean, depth = 1): Fault | undefined {
  if (depth > DEPTH_MAX) return { path: '', message: `is nested deeper than ${DEPTH_MAX} levels` };
  for (const name in value) {
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') {
      return { path: name, message: 'is a name that no field may have' };
    }
    if (escaped && LONE_SURROGATE.test(name)) return { path: '', message: 'a name holds half of a surrogate pair' };
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof inner === 'object' && inner !== null) {
      const fault = plainDataFault(inner, escaped, depth + 1);
      if (fault !== undefined) return { ...fault, path: fault.path === '' ? name : `${name}.${fault.path}` };
    } else if (typeof inner === 'number') {
      if (!Number.isFinite(inner)) return { path: name, message: 'is beyond the range of numbers' };
    } else if (escaped && typeof inner === 'string' && LONE_SURROGATE.test(inner)) {
      return { path: name, message: 'holds half of a surrogate pair' };
    }
  }
  return undefined;
}
