import { openReadModels, type ReadModelError, type ReadModels } from '@touchstone/read-models';
import { expect, onTestFinished } from 'vitest';

/** Opens read models, and closes them after the test. */
export async function givenReadModels(url: string): Promise<ReadModels> {
  const opened = await openReadModels(url);
  onTestFinished(() => opened.close());
  return opened;
}

/** The error of a promise; fails the test if it resolves. */
export async function errorOf(promise: Promise<unknown>): Promise<ReadModelError> {
  return promise.then(
    () => expect.unreachable('it went well'),
    (error: ReadModelError) => error,
  );
}
