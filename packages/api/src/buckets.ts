import { z } from 'zod';
import { bucketLength, instant } from './fields.ts';

/** Parts of questions that split events by their names and by time. */

/** Splits by at most 8 of these dimensions, or attributes; separated by commas. */
export function splitBy<const Name extends string>(names: readonly Name[], unless: readonly NoInfer<Name>[]) {
  type Split = Name | `attribute.${string}`;
  const dimension = z.union([z.enum(names), z.templateLiteral(['attribute.', z.string().min(1).max(128)])]);
  const combination = z.array(dimension).max(8);
  const words = [...names, 'attribute.<name>'].join(', ');
  return z
    .codec(z.string().max(1024).default(unless.join(',')), z.custom<readonly Split[]>(), {
      decode: (text, context) => {
        const parsed = combination.safeParse(text === '' ? [] : text.split(','));
        if (parsed.success) return parsed.data as readonly Split[];
        const message = `must be at most 8 of ${words}, separated by commas`;
        context.issues.push({ code: 'custom', input: text, message });
        return z.NEVER;
      },
      encode: (given) => given.join(','),
    })
    .meta({ example: unless.join(',') });
}

/** Splits by some of these names, each once; separated by commas. */
export function splitByNames<const Name extends string>(names: readonly Name[]) {
  const combination = z.array(z.enum(names)).refine((given) => new Set(given).size === given.length);
  return z
    .codec(z.string().max(1024).default(''), z.custom<readonly Name[]>(), {
      decode: (text, context) => {
        const parsed = combination.safeParse(text === '' ? [] : text.split(','));
        if (parsed.success) return parsed.data as readonly Name[];
        const message = `must be some of ${names.join(', ')}, each once, separated by commas`;
        context.issues.push({ code: 'custom', input: text, message });
        return z.NEVER;
      },
      encode: (given) => given.join(','),
    })
    .describe(`What the answer is split by: ${names.join(', ')}`);
}

/** The fields of an answer's row that say by which of these names it is split. */
export const splitFields = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, z.string().optional()])) as Record<Name, z.ZodOptional<z.ZodString>>;

/** How an answer is split by time. */
export const bucketParameters = {
  bucket: bucketLength
    .describe(
      'Also split by time. 1m to 6h are whole multiples since 1970 UTC; days, weeks (from Monday) and months are those of `timeZone`. `from` and `to` are brought to the borders of buckets',
    )
    .optional(),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'must be the IANA name of a time zone, e.g. Europe/Berlin')
    .describe('IANA name of the time zone; UTC unless told')
    .optional(),
};

function isTimeZone(name: string): boolean {
  // Newer engines take offsets such as +02:00 too, which no older one knows.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** The span that the buckets of an answer cover. */
export const bucketSpan = {
  from: instant.nullable().optional().describe('With buckets: begin of the first; null where nothing was counted'),
  to: instant.nullable().optional().describe('With buckets: end of the last'),
};
