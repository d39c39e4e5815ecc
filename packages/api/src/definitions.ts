import { definitionSchema, policySchema } from '@touchstone/journey';
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant } from './fields.ts';
import { nameParameter, noParameters } from './parameters.ts';
import { definitionStates } from './vocabulary.ts';

const definitionVersion = z
  .strictObject({
    type: z.string(),
    version: z.number().int().positive().nullable(),
    state: z
      .enum(definitionStates)
      .meta({ id: 'DefinitionState' })
      .describe('waiting: comes into force with the next rebuild (POST /v1/rebuild)'),
    putAt: instant.nullable(),
    definition: definitionSchema,
  })
  .meta({ id: 'DefinitionVersion' });

export const listDefinitions = endpoint({
  id: 'listDefinitions',
  method: 'GET',
  path: '/v1/definitions',
  tag: 'Definitions',
  summary: 'Every version of every journey definition, and which is in force',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: z.strictObject({ items: z.array(definitionVersion) }).meta({ id: 'Definitions' }),
});

export const putDefinition = endpoint({
  id: 'putDefinition',
  method: 'PUT',
  path: '/v1/definitions/:type',
  tag: 'Definitions',
  summary: 'Put a new version of a journey definition',
  description:
    'It comes into force with a rebuild (POST /v1/rebuild). A definition equal to the newest version changes nothing.',
  scope: 'admin',
  waits: 'nothing',
  params: z.strictObject({ type: nameParameter.meta({ example: 'order' }) }),
  query: noParameters,
  body: definitionSchema,
  answer: definitionVersion,
  problems: [422],
});

export const getPolicy = endpoint({
  id: 'getPolicy',
  method: 'GET',
  path: '/v1/policy',
  tag: 'Definitions',
  summary: 'The constants of the measurement that are in force',
  description:
    'What scores, trust stages and loyalty are decided by. Days are 86,400 s, scores 0..100. POST /v1/trial says what others would change.',
  scope: 'read',
  waits: 'nothing',
  query: noParameters,
  answer: policySchema,
});
