import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count, instant } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import { newTargetSchema, targetFilters, targetKind } from './target.ts';
import { nameInPath } from './versions.ts';

const failure = {
  messageId: z.string().describe('The header webhook-id of the message: the id of its event'),
  toldAt: instant.describe('When its alert was told'),
  attempts: count,
  lastAt: instant,
  reason: z.string(),
};

const target = z
  .strictObject({
    name: z.string(),
    kind: targetKind,
    url: z.string(),
    isSigned: z.boolean().describe('Whether there is a secret'),
    ...targetFilters,
    putAt: instant,
    sent: count.describe('Messages that it took'),
    lastSentAt: instant.nullable(),
    retrying: z
      .strictObject(failure)
      .nullable()
      .meta({ id: 'RetriedMessage' })
      .describe('The message that is tried again, up to 24 hours after its alert; no other is sent before'),
    failures: count.describe('Messages that it did not take within 24 hours'),
    failed: z
      .array(z.strictObject(failure).meta({ id: 'FailedMessage' }))
      .describe('The last of those, the newest first'),
  })
  .meta({ id: 'Target' });

export const listTargets = endpoint({
  id: 'listTargets',
  method: 'GET',
  path: '/v1/targets',
  tag: 'Alerts',
  summary: 'The targets, each with what it took and what failed',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  answer: z.strictObject({ items: z.array(target) }).meta({ id: 'Targets' }),
});

export const getTarget = endpoint({
  id: 'getTarget',
  method: 'GET',
  path: '/v1/targets/:name',
  tag: 'Alerts',
  summary: 'One target, with what it took and what failed',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  answer: target,
  problems: [404],
});

export const putTarget = endpoint({
  id: 'putTarget',
  method: 'PUT',
  path: '/v1/targets/:name',
  tag: 'Alerts',
  summary: 'Put a target in place of the one of this name',
  description:
    'It gets the begins and ends of alerts that are told from its first put on, one after the other. A message that it does not take is sent again for 24 hours, with the same webhook-id. Addresses that are private or link-local are refused unless TARGETS_PRIVATE=on.',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: newTargetSchema,
  answer: target,
  problems: [422],
});

export const deleteTarget = endpoint({
  id: 'deleteTarget',
  method: 'DELETE',
  path: '/v1/targets/:name',
  tag: 'Alerts',
  summary: 'Delete a target; what it has not taken is not sent',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  answer: target,
  answerMeaning: 'The target as it was',
  problems: [404, 409],
});
