import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count, instant, pageOf } from '../fields.ts';
import { instantParameter, noParameters, pageParameters } from '../parameters.ts';
import { alertStates } from '../vocabulary.ts';
import { alertKind, severity } from './place.ts';

const acknowledgement = z
  .strictObject({ at: instant, by: z.string(), note: z.string() })
  .nullable()
  .meta({ id: 'Acknowledgement' });

const alert = z
  .strictObject({
    id: z.string().describe('kind/name/version/severity/began'),
    kind: alertKind,
    name: z.string().describe('Of the objective, heartbeat or watch'),
    version: z.number().int().positive(),
    severity,
    began: instant,
    ended: instant.nullable().describe('Null while it fires'),
    because: z.array(z.string()).describe('Rules that held at some minute of it so far'),
    moments: count.nullable().describe('burn-rate: in the long window of the first rule that held, at the begin'),
    failures: count.nullable(),
    last: instant.nullable().describe('silence: the last moment before it'),
    left: count.nullable().describe('stage-losses: customers who had left in the span, at the begin'),
    members: count.nullable(),
    failing: z
      .string()
      .nullable()
      .describe('Path of the journeys that fail there, or of the moves of a stage; null for a silence'),
    acknowledged: acknowledgement.describe('The last acknowledgement'),
  })
  .meta({ id: 'Alert' });

export const listAlerts = endpoint({
  id: 'listAlerts',
  method: 'GET',
  path: '/v1/alerts',
  tag: 'Alerts',
  summary: 'The alerts that were told, the newest first',
  description: 'Judged each minute by the times at which moments were stored, as a back-test would have it.',
  scope: 'read',
  waits: 'nothing',
  query: z.strictObject({
    state: z.enum(alertStates).meta({ id: 'AlertState' }).describe('Only those that fire, or have ended').optional(),
    from: instantParameter.describe('Began at or after').optional(),
    to: instantParameter.describe('Began before').optional(),
    ...pageParameters,
  }),
  answer: pageOf('AlertPage', alert),
});

/** Characters of a note. */
export const NOTE_MAX = 1_000;

export const acknowledgeAlert = endpoint({
  id: 'acknowledgeAlert',
  method: 'POST',
  path: '/v1/alerts/:id/acknowledge',
  tag: 'Alerts',
  summary: 'Tell that somebody takes care of an alert',
  scope: 'admin',
  waits: 'nothing',
  params: z.strictObject({
    id: z.string().min(1).max(256).meta({ example: 'burn-rate/checkout/1/page/2026-03-01T09:30:00.000Z' }),
  }),
  query: noParameters,
  body: z
    .strictObject({ by: z.string().min(1).max(256), note: z.string().max(NOTE_MAX).default('') })
    .meta({ id: 'AcknowledgeRequest', examples: [{ by: 'ada', note: 'the payment provider is down' }] }),
  answer: alert,
  problems: [404],
});
