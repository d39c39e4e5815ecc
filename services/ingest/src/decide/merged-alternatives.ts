type JsonSchema = { [keyword: string]: unknown };

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  object: ['properties', 'required', 'additionalProperties', 'propertyNames'],
};

/**
 * Merges `anyOf` branches of different types into one schema with several types. Each keyword
 * concerns one type, so the meaning stays the same; but ajv makes an error object for each failed
 * branch, which was four fifths of its time.
 */
export function mergedAlternatives(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(mergedAlternatives);
  if (typeof schema !== 'object' || schema === null) return schema;
  const merged: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) merged[keyword] = mergedAlternatives(value);
  const { anyOf, ...others } = merged;
  if (!Array.isArray(anyOf) || Object.keys(others).length > 0) return merged;
  const branches = anyOf as JsonSchema[];
  const types = branches.map(({ type }) => type);
  const isMergeable =
    new Set(types).size === types.length &&
    branches.every(({ type, ...rest }) =>
      Object.keys(rest).every((keyword) => KEYWORDS[String(type)]?.includes(keyword)),
    );
  return isMergeable ? Object.assign({}, ...branches, { type: types }) : merged;
}
