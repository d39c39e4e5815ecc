import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { instant } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import { heartbeatStates } from '../vocabulary.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { firingNow, nameInPath, version } from './versions.ts';

const heartbeatVersion = { ...version, heartbeat: heartbeatSchema };

export const putHeartbeat = endpoint({
  id: 'putHeartbeat',
  method: 'PUT',
  path: '/v1/heartbeats/:name',
  tag: 'Alerts',
  summary: 'Put a new version of a heartbeat',
  description:
    'In force from the first whole minute after it was stored; it ends the alert of the version before. One equal to the newest version changes nothing. POST /v1/heartbeats/backtest tries one on history.',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: heartbeatSchema,
  answer: z.strictObject(heartbeatVersion).meta({ id: 'HeartbeatVersion' }),
  problems: [422],
});

export const listHeartbeats = endpoint({
  id: 'listHeartbeats',
  method: 'GET',
  path: '/v1/heartbeats',
  tag: 'Alerts',
  summary: 'The heartbeats, each with its last moment and whether it is silent now',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: z
    .strictObject({
      items: z.array(
        z
          .strictObject({
            ...heartbeatVersion,
            state: z
              .enum(heartbeatStates)
              .meta({ id: 'HeartbeatState' })
              .describe('At the last whole minute; unknown: there never was a moment, so no alert'),
            last: instant.nullable(),
            firing: firingNow,
          })
          .meta({ id: 'HeartbeatNow' }),
      ),
    })
    .meta({ id: 'Heartbeats' }),
});
