import { z } from 'zod';

/** The answers of /healthz and /readyz. */

export const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
export const readiness = z
  .object({
    status: z.literal('ready'),
    checks: z.array(
      z
        .object({
          name: z.string(),
          status: z.enum(['ok', 'failing']).meta({ id: 'CheckStatus' }),
          message: z
            .string()
            .optional()
            .describe(
              'What fails, of a check that readiness does not need; told to keys with `read`, and on the machine itself',
            ),
        })
        .meta({ id: 'CheckResult' }),
    ),
  })
  .meta({ id: 'Readiness' });

/** A ready system; the problem document of one that is not ready names the faults. */
export type Readiness = z.output<typeof readiness>;
