import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, position } from './fields.ts';
import { noParameters } from './parameters.ts';

const systemPosition = z
  .strictObject({
    log: position.describe('Position of the last event in the log'),
    projected: position.describe('Position up to which the read model holds everything'),
    lagMs: z.number().nonnegative().describe('How long ago the first event not yet projected was recorded; 0 at rest'),
    accepted: count,
    cut: count.describe('Gone from the log since: an operator deleted or truncated their customer'),
    stored: count.describe('Without those'),
    projectedEvents: count,
    parked: count,
  })
  .meta({ id: 'Position', description: 'At rest, accepted = stored + cut, and stored = projectedEvents + parked' });

export const getPosition = endpoint({
  id: 'getPosition',
  method: 'GET',
  path: '/v1/position',
  tag: 'Running',
  summary: 'How far the read model has come, and whether every event is accounted for',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: systemPosition,
});
