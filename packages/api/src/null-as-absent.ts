import { z } from 'zod';

/**
 * Makes every optional field of an object nullable too, at any depth, since a null in a request
 * means an absent field. For the API description only: decided events hold no nulls.
 */
export function nullAsAbsent<Shape extends z.ZodRawShape>(shape: Shape): Shape {
  const fields = Object.entries(shape).map(([name, field]) => {
    if (!(field instanceof z.ZodOptional)) return [name, field];
    const said = field.meta();
    const optional = orNull(field.unwrap() as z.ZodType).optional();
    return [name, said === undefined ? optional : optional.meta(said)];
  });
  return Object.fromEntries(fields) as Shape;
}

/** Cache, because one name may stand for one schema only. */
const made = new Map<z.ZodType, z.ZodType>();

function orNull(schema: z.ZodType): z.ZodType {
  const known = made.get(schema);
  if (known !== undefined) return known;
  const { id, ...meta } = schema.meta() ?? {};
  const nullable = withNull(schema).meta(id === undefined ? meta : { ...meta, id: `${id}OrNull` });
  made.set(schema, nullable);
  return nullable;
}

function withNull(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodUnion) {
    // Null is written into the first alternative's type, as everywhere in the description.
    const [first, ...others] = schema.options as z.ZodType[];
    return z.union([first!.nullable(), ...others]);
  }
  if (schema instanceof z.ZodObject) return schema.safeExtend(nullAsAbsent(schema.shape)).nullable();
  if (schema instanceof z.ZodRecord)
    return z.record(schema.keyType as z.ZodString, orNull(schema.valueType as z.ZodType)).nullable();
  return schema.nullable();
}
