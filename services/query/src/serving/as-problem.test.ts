import { EventStoreError, type EventStoreErrorCode } from '@touchstone/event-store';
import { ReadModelError, type ReadModelErrorCode } from '@touchstone/read-models';
import { NoTurn, type NoTurnReason, type Problem } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { asProblem } from './as-problem.ts';

test.each<ReadModelErrorCode>(['unavailable', 'closed', 'fenced', 'full', 'locked', 'denied', 'corrupt'])(
  'a read model that is %s is a 503 that says when to ask again, and whose cause is told to the log',
  (code) => {
    const cause = new ReadModelError(code, 'ClickHouse at /secret/folder: …');
    const problem = asProblem(cause) as Problem;
    expect(problem).toMatchObject({ code: 'read_model_unavailable', status: 503, cause });
    expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0);
    expect(problem.detail).not.toContain('secret');
  },
);

test.each<EventStoreErrorCode>(['unavailable', 'closed', 'full', 'locked', 'corrupt', 'refused', 'diverged'])(
  'an event store that is %s is a 503 that says when to ask again',
  (code) => {
    const problem = asProblem(new EventStoreError(code, 'The event store /secret/folder …')) as Problem;
    expect(problem).toMatchObject({ code: 'store_unavailable', status: 503 });
    expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0);
    expect(problem.detail).not.toContain('secret');
  },
);

test.each<NoTurnReason>(['queue-full', 'waited-long', 'left'])(
  'a question without a turn, %s, is a 503 and no fault of the service',
  (reason) => {
    const problem = asProblem(new NoTurn(reason)) as Problem;
    expect(problem).toMatchObject({ code: 'overloaded', status: 503, headers: { 'retry-after': '2' } });
    expect(problem.cause).toBeUndefined();
  },
);

test('a question that takes too much is a 503 that says what to narrow', () => {
  const problem = asProblem(new ReadModelError('too-costly', 'Timeout exceeded'));
  expect(problem).toMatchObject({ code: 'too_costly', status: 503, detail: expect.stringContaining('shorter window') });
});

test('a mistake of ours stays one', () => {
  const error = new ReadModelError('query', 'Missing columns');
  expect(asProblem(error)).toBe(error);
});
