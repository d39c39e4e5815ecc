import type { Fault } from './faults.ts';

/** Maximum nesting of objects and arrays in one event, counting the event itself. */
export const DEPTH_MAX = 32;

/**
 * Maximum number of values in one event: members of all its objects and elements of all its arrays.
 */
export const NODES_MAX = 10_000;

const LONE_SURROGATE = /\p{Cs}/u;

const INEXACT = `is beyond ±${Number.MAX_SAFE_INTEGER}, where digits are lost: send it as text`;

/**
 * Why a number from JSON.parse cannot be stored as it was written; undefined if it can. Rounding
 * preserves order and 2^53 itself is exact, so any number written at or beyond it is detected even
 * after rounding.
 */
export function numberFault(value: number): string | undefined {
  if (value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER) return undefined;
  return Number.isFinite(value) ? INEXACT : 'is beyond the range of numbers';
}

/** Findings of a walk through parsed JSON. */
export interface PlainDataFindings {
  /** The first violation. */
  readonly fault?: Fault;
  /** True if a member of any object is null. */
  readonly holdsNull: boolean;
  /** Number of members of all objects. */
  readonly members: number;
}

/**
 * Checks all of an event, including unknown fields, for names that could reach a prototype, deep
 * nesting, more values than {@link NODES_MAX}, and numbers that cannot be stored (see {@link
 * numberFault}). If `escaped`, it also looks for lone surrogates, which have no UTF-8 form; a text
 * without `\u` cannot contain them.
 */
export function plainDataFindings(value: object, escaped: boolean): PlainDataFindings {
  const notes = { holdsNull: false, members: 0, nodes: 0 };
  const fault = firstFault(value, escaped, 1, notes);
  return fault === undefined ? notes : { ...notes, fault };
}

interface Notes {
  holdsNull: boolean;
  members: number;
  nodes: number;
}

const TOO_MANY: Fault = { path: '', message: `holds more values than one event may have: ${NODES_MAX}` };

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one pass over a value, as deep as it goes, without a call for each member.
function firstFault(value: object, escaped: boolean, depth: number, notes: Notes): Fault | undefined {
  if (depth > DEPTH_MAX) return { path: '', message: `is nested deeper than ${DEPTH_MAX} levels` };
  const isArray = Array.isArray(value);
  // Checked first, because `for … in` over a long array builds all its names before the first step.
  if (isArray && value.length > NODES_MAX) return TOO_MANY;
  for (const name in value) {
    if (++notes.nodes > NODES_MAX) return TOO_MANY;
    if (!isArray) notes.members++;
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') {
      return { path: name, message: 'is a name that no field may have' };
    }
    if (escaped && LONE_SURROGATE.test(name)) return { path: '', message: 'a name holds half of a surrogate pair' };
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof inner === 'object') {
      if (inner === null) {
        notes.holdsNull = true;
        continue;
      }
      const fault = firstFault(inner, escaped, depth + 1, notes);
      if (fault !== undefined) return { ...fault, path: fault.path === '' ? name : `${name}.${fault.path}` };
    } else if (typeof inner === 'number') {
      const message = numberFault(inner);
      if (message !== undefined) return { path: name, message };
    } else if (escaped && typeof inner === 'string' && LONE_SURROGATE.test(inner)) {
      return { path: name, message: 'holds half of a surrogate pair' };
    }
  }
  return undefined;
}

/**
 * Removes members that are null, at any depth, because they mean the same as absent ones. Array
 * elements stay.
 */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const said: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) if (inner !== null) said[name] = withoutNulls(inner);
  return said as Value;
}
