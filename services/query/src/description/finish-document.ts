import type { OpenAPIV3_1 } from 'openapi-types';
import { OPTIONAL_BODY } from './describe-operation.ts';

type Part = { [keyword: string]: unknown };
type Schemas = Record<string, Part>;

const REFERENCE = '#/components/schemas/';

/**
 * Finishes the document for readers and client generators: names each part once, and uses only
 * features that all of them support.
 */
export function finishDocument(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const all = (document.components?.schemas ?? {}) as Schemas;
  const plain = rewritten(document, (part) => inPlainWords(part, all)) as OpenAPIV3_1.Document;
  const named = withOneName(plain);
  const finished = (part: Part) => optionalBody(exampleOfBody(part, named.components!.schemas as Schemas));
  return withoutUnused(rewritten(named, finished) as OpenAPIV3_1.Document);
}

/** Applies `change` to each object of a JSON value, the innermost first. */
function rewritten(value: unknown, change: (part: Part) => Part): unknown {
  if (Array.isArray(value)) return value.map((each) => rewritten(each, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, rewritten(each, change)] as const);
  return change(Object.fromEntries(entries));
}

function inPlainWords(schema: Part, all: Schemas): Part {
  return openOrClosed(withoutSafeBounds(portable(discriminated(nullInType(schema, all), all))));
}

/**
 * Moves `null` from the alternatives into `type` and `enum`, where typed client generators expect
 * it.
 */
function nullInType(schema: Part, all: Schemas): Part {
  const { anyOf, ...others } = schema;
  if (!Array.isArray(anyOf) || !anyOf.some(isNull)) return schema;
  const [only, ...more] = (anyOf as Part[]).filter((branch) => !isNull(branch));
  if (only === undefined || more.length > 0)
    throw new Error(`name what may be null by itself: ${JSON.stringify(anyOf)}`);
  const { $ref, ...siblings } = only;
  const meant = typeof $ref === 'string' ? { ...all[nameIn($ref)], ...siblings } : only;
  const values = Array.isArray(meant.enum) ? { enum: [...meant.enum, null] } : {};
  return { ...meant, ...others, type: [meant.type, 'null'].flat(), ...values };
}

function isNull(schema: unknown): boolean {
  return (schema as Part).type === 'null';
}

function nameIn(reference: string): string {
  return reference.slice(REFERENCE.length);
}

/** Adds a discriminator to alternatives that differ in the constant of their `type`. */
function discriminated(schema: Part, all: Schemas): Part {
  const { oneOf } = schema;
  if (!Array.isArray(oneOf)) return schema;
  const mapping = (oneOf as Part[]).map(({ $ref }) => {
    const { type } = (all[nameIn(String($ref))]?.properties ?? {}) as { readonly type?: Part };
    return [type?.const, $ref] as const;
  });
  if (mapping.some(([value]) => typeof value !== 'string')) return schema;
  return { ...schema, discriminator: { propertyName: 'type', mapping: Object.fromEntries(mapping) } };
}

/**
 * Rewrites a pattern for the regular expression engines of all languages: character classes as
 * codes, digits as ASCII, no look-around (RE2 has none). It drops lone surrogates, which no text
 * holds.
 */
function portable(schema: Part): Part {
  const { pattern, ...others } = schema;
  if (typeof pattern !== 'string') return schema;
  // The schema's `format` already says what the pattern would.
  if (typeof others.format === 'string') return others;
  const plain = pattern
    .replaceAll('\\p{Cc}', '\\x00-\\x1f\\x7f-\\x9f')
    .replaceAll('\\p{Cs}', '')
    .replaceAll('[\\s\\S]', '.')
    .replaceAll('\\d', '[0-9]');
  if (/\\[pP]\{/.test(plain)) throw new Error(`not every engine reads this pattern: ${pattern}`);
  return { ...schema, pattern: plain };
}

/** Removes bounds that only say "safe integer", because they tell a reader nothing. */
function withoutSafeBounds(schema: Part): Part {
  const isSafe = (value: unknown) => typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER;
  const { minimum, maximum, ...others } = schema;
  if (!isSafe(minimum) && !isSafe(maximum)) return schema;
  return {
    ...others,
    ...(minimum === undefined || isSafe(minimum) ? {} : { minimum }),
    ...(maximum === undefined || isSafe(maximum) ? {} : { maximum }),
  };
}

/**
 * Says of an open object that it is open: typed client generators take one without
 * `additionalProperties` for closed.
 */
function openOrClosed(schema: Part): Part {
  const { type, properties, additionalProperties } = schema;
  const isObject = [type].flat().includes('object') && typeof properties === 'object';
  const saysNothing = additionalProperties === undefined || Object.keys(Object(additionalProperties)).length === 0;
  return isObject && saysNothing && additionalProperties !== false ? { ...schema, additionalProperties: true } : schema;
}

/**
 * Copies the first example of a body's schema to its media type. Pages show an example there
 * unchanged, but show a text in a schema's example as JSON.
 */
function exampleOfBody(operation: Part, all: Schemas): Part {
  const { content } = (operation.requestBody ?? {}) as { readonly content?: Record<string, { readonly schema: Part }> };
  if (content === undefined) return operation;
  const shown = Object.entries(content).map(([media, { schema, ...others }]) => {
    const { examples } = all[nameIn(String(schema.$ref))] ?? schema;
    return [media, { schema, ...others, ...(Array.isArray(examples) ? { example: examples[0] } : {}) }] as const;
  });
  return { ...operation, requestBody: { ...(operation.requestBody as Part), content: Object.fromEntries(shown) } };
}

function optionalBody(operation: Part): Part {
  const { [OPTIONAL_BODY]: isOptional, ...others } = operation;
  return isOptional === true
    ? { ...others, requestBody: { ...(others.requestBody as Part), required: false } }
    : operation;
}

/**
 * Gives each schema one name where it can: the input form (`…Input`) has a name of its own (`New…`)
 * only if answers use the other form and the two differ.
 */
function withOneName(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const all = document.components!.schemas as Schemas;
  const used = reachable(document.paths, all);
  const twice = Object.keys(all).filter((name) => used.has(name) && used.has(`${name}Input`));
  const different = new Set<string>();
  for (let before = -1; before < different.size; ) {
    before = different.size;
    const renamed = (name: string) => renaming(JSON.stringify(all[name]), different);
    for (const name of twice) if (renamed(name) !== renamed(`${name}Input`)) different.add(name);
  }
  const schemas = Object.entries(all)
    .filter(([name]) => used.has(name))
    .map(([name, schema]) => {
      return [name.endsWith('Input') ? nameOfInput(withoutInput(name), different) : name, schema] as const;
    });
  const components = { ...document.components, schemas: Object.fromEntries(schemas) };
  return JSON.parse(renaming(JSON.stringify({ ...document, components }), different)) as OpenAPIV3_1.Document;
}

function withoutInput(name: string): string {
  return name.slice(0, -'Input'.length);
}

/** A schema that differs from that of answers is of something new, which is sent. */
const nameOfInput = (name: string, different: ReadonlySet<string>) => (different.has(name) ? `New${name}` : name);

/** Gives each reference to an input schema the name of that schema. */
function renaming(text: string, different: ReadonlySet<string>): string {
  return text.replace(
    /#\/components\/schemas\/(\w+)Input"/g,
    (_, name: string) => `${REFERENCE}${nameOfInput(name, different)}"`,
  );
}

function withoutUnused(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const all = document.components!.schemas as Schemas;
  const used = reachable(document.paths, all);
  // Sorted by name, so that the order in which modules are loaded does not show.
  const schemas = Object.entries(all)
    .filter(([name]) => used.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } } as never;
}

/** Names of all schemas that a part refers to, directly or through others. */
function reachable(part: unknown, all: Schemas, found = new Set<string>()): Set<string> {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (found.has(name!) || all[name!] === undefined) continue;
    found.add(name!);
    reachable(all[name!], all, found);
  }
  return found;
}
