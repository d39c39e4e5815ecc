import { z } from 'zod';

type Encode = (value: never) => unknown;

/**
 * Compiles the encoder of an answer from its schema: codecs encode, and objects keep only the
 * fields that the schema names. The encoder checks nothing, because parsing an answer costs more
 * than making it; tests hold answers to their schemas.
 * @throws Error for a schema that has a transform in one direction only.
 */
export function encoderOf<Schema extends z.ZodType>(schema: Schema): (value: unknown) => z.input<Schema> {
  return (stepOf(schema) ?? ((value) => value)) as (value: unknown) => z.input<Schema>;
}

/** The encoder of a part; undefined if the part is sent unchanged. */
function stepOf(schema: z.core.$ZodType): Encode | undefined {
  if (schema instanceof z.ZodCodec) return codecStep(schema);
  if (schema instanceof z.ZodObject) return objectStep(schema);
  if (schema instanceof z.ZodArray) return arrayStep(schema);
  if (schema instanceof z.ZodUnion) return unionStep(schema);
  if (schema instanceof z.ZodRecord) return recordStep(schema);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return unlessAbsent(stepOf(schema.def.innerType));
  }
  if (schema instanceof z.ZodLazy) return lazyStep(schema);
  if (schema instanceof z.ZodPipe) throw new Error('an answer cannot be encoded through a transform: use a codec');
  return undefined;
}

/** A schema that contains itself is compiled when a value is first encoded by it. */
function lazyStep({ def }: z.ZodLazy): Encode {
  let step: Encode | undefined;
  return (value) => {
    step ??= stepOf(def.getter()) ?? ((same) => same);
    return step(value);
  };
}

function codecStep({ def }: z.ZodCodec): Encode {
  const { reverseTransform } = def;
  return (value) => reverseTransform(value, undefined as never);
}

function unlessAbsent(step: Encode | undefined): Encode | undefined {
  return step && ((value) => (value === null || value === undefined ? value : step(value)));
}

function arrayStep({ def }: z.ZodArray): Encode | undefined {
  const step = stepOf(def.element);
  return step && ((items: readonly never[]) => items.map(step));
}

/**
 * Keeps the schema's fields in its order; an open object keeps all its fields, in its own order.
 */
function objectStep({ def }: z.ZodObject): Encode {
  const steps = Object.entries(def.shape).map(([name, field]) => [name, stepOf(field)] as const);
  if (def.catchall !== undefined && !(def.catchall instanceof z.ZodNever)) return openObjectStep(new Map(steps));
  return (value: Readonly<Record<string, never>>) => {
    const sent: Record<string, unknown> = {};
    for (const [name, step] of steps) {
      const field = value[name];
      if (field !== undefined) sent[name] = step === undefined ? field : step(field);
    }
    return sent;
  };
}

function openObjectStep(steps: ReadonlyMap<string, Encode | undefined>): Encode {
  return (value: Readonly<Record<string, never>>) => {
    const sent: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      const step = steps.get(name);
      sent[name] = step === undefined ? value[name] : step(value[name] as never);
    }
    return sent;
  };
}

function recordStep({ def }: z.ZodRecord): Encode | undefined {
  const step = stepOf(def.valueType);
  return (
    step &&
    ((value: Readonly<Record<string, never>>) =>
      Object.fromEntries(Object.entries(value).map(([name, each]) => [name, step(each)])))
  );
}

/**
 * Encodes with the first alternative whose required fields are all present. Alternatives that need
 * encoding must be objects.
 */
function unionStep({ def }: z.ZodUnion): Encode | undefined {
  const options = def.options.map((option) => ({ option, step: stepOf(option) }));
  if (options.every(({ step }) => step === undefined)) return undefined;
  const alternatives = options.map(({ option, step }) => {
    if (!(option instanceof z.ZodObject)) throw new Error('alternatives that are encoded must be objects');
    const required = Object.entries(option.def.shape).filter(([, field]) => field._zod.optout !== 'optional');
    return { step: step!, names: required.map(([name]) => name) };
  });
  return (value: object) => {
    const meant = alternatives.find(({ names }) => names.every((name) => name in value));
    if (meant === undefined) throw new Error(`no alternative has the fields ${Object.keys(value).join(', ')}`);
    return meant.step(value as never);
  };
}
