import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { dataSchemas, type EventType } from './events.ts';
import { mergedAlternatives } from './merged-alternatives.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, messages: false, unicode: false, logger: false });
const checks = new Map<EventType, ValidateFunction>();

/**
 * Whether stored `data` is made as its type says: every field of its type, every number finite and within its bounds, every text within its length. Some
 * 0.3 µs. How texts must be spelt is asked of what comes in and not here, because that has changed since the first were stored, and every text can be measured.
 */
export function isStorable(type: EventType, data: unknown): boolean {
  let check = checks.get(type);
  if (check === undefined) {
    check = ajv.compile(schemaOf(type));
    checks.set(type, check);
  }
  return check(data);
}

function schemaOf(type: EventType): object {
  // With no names of parts: each stands where it is used, so that alternatives can be merged.
  const metadata = z.registry<Record<string, unknown>>();
  const schema = z.toJSONSchema(dataSchemas[type], { io: 'input', target: 'draft-2020-12', metadata });
  return mergedAlternatives(withoutSpelling(schema)) as object;
}

function withoutSpelling(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutSpelling);
  if (typeof schema !== 'object' || schema === null) return schema;
  // `propertyNames` is of the attributes, which are free but for length: it costs as much as all values of theirs.
  const { pattern, format, propertyNames, ...others } = schema as Readonly<Record<string, unknown>>;
  // Where `pattern` is no text it is a field of that name.
  const kept = typeof pattern === 'object' ? { pattern, ...others } : others;
  return Object.fromEntries(Object.entries(kept).map(([keyword, value]) => [keyword, withoutSpelling(value)]));
}
