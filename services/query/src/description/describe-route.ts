import { problemResponses, type Scope } from '@touchstone/runtime';
import type { z } from 'zod';
import { afterHeader } from '../waits/after-position.ts';

export type Tag = 'Journeys' | 'Customers' | 'Touchpoints' | 'Ledgers' | 'Running' | 'Definitions';

interface Described<Answer extends z.ZodType> {
  /** Its name in generated clients: a verb and what it is of. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly answer: Answer;
  /** Statuses of problems beyond those that every route may answer. */
  readonly problems?: readonly number[];
}

/** What a reading route is: who may call it, and what its description tells. */
export function described<Answer extends z.ZodType>(route: Described<Answer>, scope: Scope = 'read') {
  const { id, tag, summary, description, answer, problems = [] } = route;
  return {
    config: { scope },
    schema: {
      operationId: id,
      tags: [tag],
      summary,
      ...(description === undefined ? {} : { description }),
      headers: afterHeader,
      response: {
        200: { description: summary, content: { 'application/json': { schema: answer } } },
        // 409: Touchstone-After is beyond the log.
        ...problemResponses(409, ...problems),
      },
    },
  };
}

/** As {@link described}, for what is only begun when it is answered: with 202. */
export function describedBegun<Answer extends z.ZodType>(route: Described<Answer>, scope: Scope) {
  const { config, schema } = described(route, scope);
  const { 200: begun, ...problems } = schema.response;
  return { config, schema: { ...schema, response: { 202: begun, ...problems } } };
}
