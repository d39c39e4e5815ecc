import { z } from 'zod';

/**
 * The fields of an object as they may be sent: one that may be left out may be null, which says the same, at any depth. For the description of the API
 * alone: what is decided has no nulls any more.
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

/** One name may stand for one schema alone. */
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
    // Null stands in the type of one choice, as everywhere in the description.
    const [first, ...others] = schema.options as z.ZodType[];
    return z.union([first!.nullable(), ...others]);
  }
  if (schema instanceof z.ZodObject) return schema.safeExtend(nullAsAbsent(schema.shape)).nullable();
  if (schema instanceof z.ZodRecord)
    return z.record(schema.keyType as z.ZodString, orNull(schema.valueType as z.ZodType)).nullable();
  return schema.nullable();
}
