import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count } from './fields.ts';
import { instantParameter, nameParameter } from './parameters.ts';

const maybe = z.number().nullable();
const gap = z
  .strictObject({ gap: maybe, n: count, low: maybe, high: maybe })
  .meta({ id: 'Gap', description: 'Positive is a shortfall, on 1..5; null where something is missing' });

export const getGaps = endpoint({
  id: 'getGaps',
  method: 'GET',
  path: '/v1/gaps',
  tag: 'Touchpoints',
  summary: 'The five gaps between what customers expect and what they get, at each touchpoint of a definition',
  description:
    'Parasuraman, Zeithaml and Berry. A definition says of a touchpoint what is `believed` (what we think customers expect), the `standard` (what we set ourselves) and what is `promised`: the newest version counts, without a rebuild. Knowledge: what customers expect, minus believed. Policy: believed minus standard. Delivery: standard minus delivered, which is what was done, whatever was felt. Communication: promised minus delivered. Service: expectation minus perception, where customers gave both.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    type: nameParameter.describe('The journey type').meta({ example: 'order' }),
    from: instantParameter.describe('Events at or after').optional(),
    to: instantParameter.describe('Events before').optional(),
  }),
  answer: z
    .strictObject({
      rows: z.array(
        z
          .strictObject({
            touchpoint: z.string(),
            gaps: z
              .strictObject({
                knowledge: gap,
                policy: z.strictObject({ gap: maybe }).meta({ id: 'PolicyGap' }),
                delivery: gap,
                communication: gap,
                service: gap,
              })
              .meta({ id: 'FiveGaps' }),
          })
          .meta({ id: 'GapsRow' }),
      ),
    })
    .meta({ id: 'Gaps' }),
});
