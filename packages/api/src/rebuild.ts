import { z } from 'zod';
import { switchComparison } from './comparison.ts';
import { endpoint } from './endpoint.ts';
import { instant, position } from './fields.ts';
import { noParameters } from './parameters.ts';

const rebuild = z
  .strictObject({
    state: z.enum(['none', 'running', 'done', 'failed']).meta({ id: 'RebuildState' }),
    generation: z.number().int().positive().nullable(),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    position: position.nullable(),
    target: position.nullable(),
    comparison: switchComparison.describe('With the generation in force, before the switch'),
    error: z.string().nullable(),
  })
  .meta({ id: 'Rebuild' });
export type RebuildStatus = z.output<typeof rebuild>;

const rebuildBody = z
  .strictObject({ force: z.boolean().optional().describe('Switch whatever the comparison finds') })
  .nullish()
  .meta({ id: 'RebuildRequest', examples: [{}] });

export const getRebuild = endpoint({
  id: 'getRebuild',
  method: 'GET',
  path: '/v1/rebuild',
  tag: 'Running',
  summary: 'How the latest rebuild of the read model goes',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  answer: rebuild,
});

export const startRebuild = endpoint({
  id: 'startRebuild',
  method: 'POST',
  path: '/v1/rebuild',
  tag: 'Running',
  summary: 'Rebuild the read model from the log, with the newest definitions',
  description:
    'A new generation is filled beside the one that answers, is compared with it, and then takes its place. One that is not as the log makes it does not, unless the rebuild is forced. While a rebuild runs this starts no other: the process that runs it answers how it goes, others with 409, which generation it fills and since when.',
  scope: 'admin',
  waits: 'nothing',
  query: noParameters,
  body: rebuildBody,
  answer: rebuild,
  status: 202,
});
