import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { noParameters } from '../parameters.ts';
import { objectiveSchema } from './objective.ts';
import { counted, firingNow, nameInPath, version } from './versions.ts';

const objectiveVersion = {
  ...version,
  objective: objectiveSchema,
  cannotFire: z
    .array(
      z
        .strictObject({
          rule: z.string(),
          firesFromObjective: z.number().describe('The least objective at which it can'),
        })
        .meta({ id: 'RuleThatCannotFire' }),
    )
    .describe('Rules that are left out, because they ask for more failures than there are moments'),
};

export const putObjective = endpoint({
  id: 'putObjective',
  method: 'PUT',
  path: '/v1/objectives/:name',
  tag: 'Alerts',
  summary: 'Put a new version of an objective',
  description:
    'In force from the first whole minute after it was stored; it ends the alerts of the version before. One equal to the newest version changes nothing. POST /v1/objectives/backtest tries one on history.',
  scope: 'admin',
  waits: 'nothing',
  params: nameInPath,
  query: noParameters,
  body: objectiveSchema,
  answer: z.strictObject(objectiveVersion).meta({ id: 'ObjectiveVersion' }),
  problems: [422],
});

export const listObjectives = endpoint({
  id: 'listObjectives',
  method: 'GET',
  path: '/v1/objectives',
  tag: 'Alerts',
  summary: 'The objectives, each with the budget that is spent and its burn rates now',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: z
    .strictObject({
      items: z.array(
        z
          .strictObject({
            ...objectiveVersion,
            ...counted,
            rate: z.number().nullable().describe('Of failures, over the last `windowDays`; null without moments'),
            budget: z.number().describe('Failures that the objective allows over the last `windowDays`'),
            spent: z.number().nullable().describe('Failures as a part of the budget; null without moments'),
            burnRates: z.array(
              z
                .strictObject({
                  rule: z.string(),
                  long: z.number().nullable().describe('Over the long window; null without moments'),
                  short: z.number().nullable(),
                  holds: z.boolean(),
                })
                .meta({ id: 'BurnRate' }),
            ),
            firing: firingNow,
          })
          .meta({ id: 'ObjectiveState' }),
      ),
    })
    .meta({ id: 'Objectives' }),
});
