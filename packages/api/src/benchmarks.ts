import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count } from './fields.ts';
import { instantParameter, nameParameter } from './parameters.ts';
import { benchmarkMeasures } from './vocabulary.ts';

const maybe = z.number().nullable();
const ATTRIBUTE = z.templateLiteral(['attribute.', z.string().min(1).max(128)]);

export const getBenchmarks = endpoint({
  id: 'getBenchmarks',
  method: 'GET',
  path: '/v1/benchmarks',
  tag: 'Touchpoints',
  summary: 'Teams, sites or channels against the best of their own house',
  description:
    'Values are 0..100. `shrunken` draws each unit towards all of them by as much as its few values leave to chance (empirical Bayes), and `rank` goes by it: a unit with few values is neither praised nor blamed. `spread` is how far units differ beyond chance; where it is 0 they do not, and nobody is ranked. Only expected promises have a channel.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    by: z
      .union([z.enum(['team', 'site', 'channel']).meta({ id: 'BenchmarkUnitName' }), ATTRIBUTE])
      .meta({ id: 'BenchmarkUnit', example: 'team' }),
    measure: z.enum(benchmarkMeasures).meta({ id: 'BenchmarkMeasure', example: 'score' }),
    from: instantParameter.describe('Moments, promises due or complaints raised at or after').optional(),
    to: instantParameter.describe('… before').optional(),
    type: nameParameter.describe('Only of journeys of this type').optional(),
  }),
  answer: z
    .strictObject({
      overall: maybe.describe('The mean over all that the units have together'),
      spread: maybe.describe('Null with fewer than three units of 30 values'),
      rows: z.array(
        z
          .strictObject({
            unit: z.string(),
            n: count,
            value: maybe,
            low: maybe,
            high: maybe,
            shrunken: maybe,
            rank: count.nullable(),
            toBest: maybe.describe('How far `shrunken` is from the best'),
          })
          .meta({ id: 'BenchmarkRow' }),
      ),
    })
    .meta({ id: 'Benchmarks' }),
});
