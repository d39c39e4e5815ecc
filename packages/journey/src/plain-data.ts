import type { Fault } from './faults.ts';

/** Levels of objects and arrays in one event, itself included. */
export const DEPTH_MAX = 32;

/** Values in one event: members of all its objects, and elements of all its arrays. */
export const NODES_MAX = 10_000;

const LONE_SURROGATE = /\p{Cs}/u;

const INEXACT = `is beyond ±${Number.MAX_SAFE_INTEGER}, where digits are lost: send it as text`;

/**
 * Why a number as JSON.parse gives it cannot be kept as it was written; undefined if it can. Rounding keeps the order of numbers and 2^53 is itself
 * exact, so whatever was written at or beyond it, with an exponent or without, is seen here though it has been rounded.
 */
export function numberFault(value: number): string | undefined {
  if (value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER) return undefined;
  return Number.isFinite(value) ? INEXACT : 'is beyond the range of numbers';
}

/** What a walk through parsed JSON finds. */
export interface PlainDataFindings {
  /** The first thing that no event may hold. */
  readonly fault?: Fault;
  /** A member of some object is null. */
  readonly holdsNull: boolean;
  /** Members of all its objects. */
  readonly members: number;
}

/**
 * Looks for what no event may hold wherever it stands, fields that no schema knows included: names that could reach a prototype, deep nesting,
 * more values than {@link NODES_MAX}, numbers that cannot be kept (see {@link numberFault}) and, if `escaped`, halves of surrogate pairs (they cannot be written as UTF-8). Text without
 * `\u` holds none of those, which saves looking.
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
  // The names of a long array would all be made before the first is looked at.
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

/** Parsed JSON without the members, at any depth, whose value is null: they say what leaving them out says. Elements of arrays stay. */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const said: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) if (inner !== null) said[name] = withoutNulls(inner);
  return said as Value;
}
