import type { Answer, Call, Endpoint } from '@touchstone/api';
import type { Client, ReadOptions } from '@touchstone/client';
import { z } from 'zod';
import { CliError } from './cli-error.ts';

/**
 * Calls an endpoint, and checks that the answer has what the endpoint declares.
 * @throws the client's errors, and CliError if another program or version answered.
 */
export async function ask<E extends Endpoint>(
  client: Client,
  endpoint: E,
  call: Call<E>,
  options?: ReadOptions,
): Promise<Answer<E>> {
  const answer = await client.call(endpoint, call, options);
  assertExpected(endpoint.answer, answer, endpoint.path);
  return answer;
}

/** @throws CliError if the answer lacks what the schema names. */
export function assertExpected<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  what: string,
): asserts answer is z.input<Schema> {
  const faults = (schema.safeParse(answer).error?.issues ?? []).filter((issue) => !isOfNewer(issue));
  if (faults.length === 0) return;
  const told = z.prettifyError({ issues: faults });
  throw new CliError(`The answer to ${what} is not as expected (another version?):\n${told}`);
}

/** A newer system may answer fields and words that are not known here yet. */
function isOfNewer(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.some((alternative) => alternative.every(isOfNewer));
  return issue.code === 'unrecognized_keys' || issue.code === 'invalid_value';
}
