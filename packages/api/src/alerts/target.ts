import { z } from 'zod';
import { alertKinds, severities, targetKinds } from '../vocabulary.ts';
import { alertKind, severity } from './place.ts';

/** Characters of a target's address. */
export const TARGET_URL_MAX = 2_048;

/** Bytes of a secret that Standard Webhooks allow. */
const SECRET_BYTES = { least: 24, most: 64 };
const SECRET_WORDS =
  'must be whsec_ and the base64 of 24 to 64 bytes: echo "whsec_$(openssl rand -base64 32)" makes one';

function isSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (encoded === undefined) return false;
  const bytes = Math.floor((encoded.replaceAll('=', '').length * 3) / 4);
  return encoded.length % 4 === 0 && bytes >= SECRET_BYTES.least && bytes <= SECRET_BYTES.most;
}

const isEachOnce = (names: readonly string[]) => new Set(names).size === names.length;

/** The filters of a target, as they are put and shown. */
export const targetFilters = {
  kinds: z
    .array(alertKind)
    .min(1)
    .max(alertKinds.length)
    .refine(isEachOnce, 'must name each kind once')
    .describe('Only alerts of these kinds; all unless told')
    .optional(),
  severities: z
    .array(severity)
    .min(1)
    .max(severities.length)
    .refine(isEachOnce, 'must name each severity once')
    .describe('Only alerts of these severities; all unless told')
    .optional(),
};

export const targetKind = z.enum(targetKinds).meta({ id: 'TargetKind' });

/** An address to which begins and ends of alerts are sent. */
export const newTargetSchema = z
  .strictObject({
    kind: targetKind.default('webhook').describe('slack: the body is {text}, for incoming webhooks of chats'),
    url: z
      .string()
      .min(1)
      .max(TARGET_URL_MAX)
      .describe('https, or http to localhost and addresses of loopback; shown to keys with the scope admin only'),
    secret: z
      .string()
      .max(128, SECRET_WORDS)
      .refine(isSecret, SECRET_WORDS)
      .describe('Signs each message as Standard Webhooks do; never shown. A webhook needs one')
      .optional(),
    ...targetFilters,
  })
  .check(({ value, issues }) => {
    if (value.kind === 'slack' || value.secret !== undefined) return;
    issues.push({ code: 'custom', input: value, path: ['secret'], message: SECRET_WORDS });
  })
  .meta({
    id: 'NewTarget',
    examples: [
      {
        url: 'https://example.com/alerts',
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        severities: ['page'],
      },
    ],
  });

export type NewTarget = z.output<typeof newTargetSchema>;
