import {
  ADDRESSABLE,
  dataSchemas,
  type EventType,
  envelopeSchema,
  type Fault,
  INSTANT_PATTERN,
  JSON_MEDIA_TYPE,
  parseInstant,
} from '@touchstone/journey';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { mergedAlternatives } from './merged-alternatives.ts';

type JsonSchema = { [keyword: string]: unknown };

/**
 * A compiled check of the event types, made from their zod schemas: what it passes, zod passes (but for refinements, which have no JSON
 * Schema); what it refuses, zod must decide. An order of magnitude faster than zod, because it builds nothing.
 */
export function compiledCheck(): (type: EventType) => ValidateFunction {
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    // Deprecated, and exactly what zod does: lengths in UTF-16 units.
    unicode: false,
    logger: false,
    code: { regExp: Object.assign(fastPattern, { code: '' }) },
  });
  const checks = new Map<EventType, ValidateFunction>();
  return (type) => {
    let check = checks.get(type);
    if (check === undefined) {
      check = ajv.compile(mergedAlternatives(eventJsonSchema(type)) as JsonSchema);
      checks.set(type, check);
    }
    return check;
  };
}

/**
 * What such a check finds first in the data of an event; undefined where that is nothing, or nothing certain: patterns lose their flags in JSON Schema, and
 * the envelope has some.
 */
export function firstDataFault(check: ValidateFunction, event: unknown): Fault | undefined {
  const error = check(event) ? undefined : (check.errors as ErrorObject[])[0]!;
  if (error === undefined || error.keyword === 'pattern' || !error.instancePath.startsWith('/data')) return undefined;
  const { instancePath, params, message = 'is not as it must be' } = error;
  // Of these the path is that of the object around.
  const name = params.missingProperty ?? params.additionalProperty ?? params.propertyName ?? error.propertyName;
  const names = instancePath.split('/').slice(1).map(unescaped);
  const path = (name === undefined ? names : [...names, String(name)]).join('.');
  return { path, message: params.missingProperty === undefined ? message : 'is required' };
}

/** A name as it stands in a JSON pointer. */
function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The JSON Schema of a published event of one type, envelope and data. */
export function eventJsonSchema(type: EventType): JsonSchema {
  const schema = envelopeSchema.extend({ type: z.literal(type), data: dataSchemas[type] });
  // With no names of parts: each stands where it is used, so that alternatives can be merged.
  const metadata = z.registry<Record<string, unknown>>();
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', metadata }) as JsonSchema;
}

const FULL_STOP = '.'.charCodeAt(0);

interface Pattern {
  test(text: string): boolean;
  /** ajv takes patterns of one spelling for one and the same. */
  toString(): string;
}

/** The patterns of the schemas, with a shortcut for what most texts are. The pattern itself has the last word. */
function fastPattern(source: string, flags: string): Pattern {
  const pattern = new RegExp(source, flags);
  const spelling = () => `${pattern}`;
  if (source === INSTANT_PATTERN.source) {
    return { test: (text) => parseInstant(text) !== undefined || pattern.test(text), toString: spelling };
  }
  if (source === JSON_MEDIA_TYPE.source) {
    return { test: (text) => text === 'application/json' || pattern.test(text), toString: spelling };
  }
  if (source === ADDRESSABLE.source) {
    return { test: (text) => text.charCodeAt(0) > FULL_STOP || pattern.test(text), toString: spelling };
  }
  return pattern;
}
