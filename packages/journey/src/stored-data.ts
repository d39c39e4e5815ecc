import type { z } from 'zod';
import { dataSchemas, type EventType } from './events.ts';

type Check = (value: unknown) => boolean;

const checks = new Map<EventType, Check>();

/**
 * Whether stored `data` matches its type's schema: types of fields, finite numbers within their
 * bounds, lengths of texts; takes about 0.3 µs. It skips the rules for spelling, which only
 * incoming data is checked for: they have changed since the first events were stored, and every
 * text can be processed.
 */
export function isStorable(type: EventType, data: unknown): boolean {
  let check = checks.get(type);
  if (check === undefined) {
    check = compiled(dataSchemas[type]);
    checks.set(type, check);
  }
  return check(data);
}

/**
 * Generates a checking function for one schema, without patterns, attribute names and refinements.
 * Each folding thread generates its own, so it must be fast: ajv and zod's own compiler take 10 to
 * 30 ms per type, this takes less than one.
 */
function compiled(schema: z.core.$ZodType): Check {
  const functions: string[] = [];
  const condition = conditionOf(schema, 'value', functions);
  return new Function('value', `'use strict';\n${[...functions, `return ${condition};`].join('\n')}`) as Check;
}

/**
 * An expression that is true if `value`, the name of a variable, matches the schema. Each object
 * schema becomes a function.
 */
function conditionOf(schema: z.core.$ZodType, value: string, functions: string[]): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string': {
      const { minLength, maxLength } = schema as z.ZodString;
      const [least, most] = [minLength ?? 0, maxLength ?? Number.MAX_VALUE];
      return `typeof ${value} === 'string' && ${value}.length >= ${least} && ${value}.length <= ${most}`;
    }
    case 'number': {
      const { minValue, maxValue } = schema as z.ZodNumber;
      const [least, most] = [minValue ?? -Infinity, maxValue ?? Infinity].map(finite);
      return `typeof ${value} === 'number' && ${value} >= ${least} && ${value} <= ${most}`;
    }
    case 'boolean':
      return `typeof ${value} === 'boolean'`;
    case 'enum':
      return anyOf(Object.values(def.entries).map((entry) => `${value} === ${JSON.stringify(entry)}`));
    case 'union':
      return anyOf(def.options.map((option) => conditionOf(option, value, functions)));
    case 'record':
      return `${recordFunction(def, functions)}(${value})`;
    case 'object':
      return `${objectFunction(def, functions)}(${value})`;
    default:
      throw new Error(`Stored data cannot be checked against a schema of the type ${def.type}.`);
  }
}

/** JSON has no infinite number, but a number too large for a double is parsed as one. */
function finite(bound: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, bound));
}

function anyOf(conditions: readonly string[]): string {
  return `(${conditions.map((condition) => `(${condition})`).join(' || ')})`;
}

const IS_NO_OBJECT = "typeof object !== 'object' || object === null || Array.isArray(object)";

function recordFunction({ valueType }: z.core.$ZodRecordDef, functions: string[]): string {
  const condition = conditionOf(valueType, 'member', functions);
  const eachIsRight = `for (const name in object) { const member = object[name]; if (!(${condition})) return false; }`;
  return named([eachIsRight], functions);
}

function objectFunction({ shape, catchall }: z.core.$ZodObjectDef, functions: string[]): string {
  const fields = Object.entries(shape).map(([name, field], nth) => {
    const { def } = (field as z.core.$ZodTypes)._zod;
    const isOptional = def.type === 'optional';
    const member = `member${nth}`;
    const condition = conditionOf(isOptional ? def.innerType : field, member, functions);
    const isWrong = `${isOptional ? `${member} !== undefined && ` : ''}!(${condition})`;
    return `const ${member} = object[${JSON.stringify(name)}]; if (${isWrong}) return false;`;
  });
  if (catchall?._zod.def.type !== 'never') return named(fields, functions);
  const names = JSON.stringify(Object.keys(shape));
  return named([...fields, `for (const name in object) if (!${names}.includes(name)) return false;`], functions);
}

/**
 * Adds a function that checks an object by these statements and returns true unless one of them
 * returned; returns its name.
 */
function named(statements: readonly string[], functions: string[]): string {
  const name = `isRight${functions.length}`;
  functions.push(
    `function ${name}(object) { if (${IS_NO_OBJECT}) return false; ${statements.join(' ')} return true; }`,
  );
  return name;
}
