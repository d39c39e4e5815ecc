import { expect, it } from 'vitest';
import { batchFailure, failureOf, within } from './failure.ts';

const grpcError = (code: number, exception?: string) =>
  Object.assign(new Error('13 INTERNAL: raw'), {
    code,
    details: 'what the server says',
    metadata: { get: (key: string) => (key === 'exception' && exception ? [exception] : []) },
  });

it('what may have been stored is told from what was not', () => {
  for (const code of [1, 2, 4, 10, 13, 14]) expect(failureOf(grpcError(code)).kind).toBe('broken');
  for (const code of [3, 7, 12, 16]) expect(failureOf(grpcError(code)).kind).toBe('refused');
  expect(failureOf(grpcError(5, 'not-leader')).kind).toBe('moved');
  expect(failureOf(grpcError(9, 'wrong-expected-version')).kind).toBe('conflict');
  expect(failureOf(grpcError(9, 'stream-deleted')).kind).toBe('erased');
  expect(failureOf(new Error('Failed to discover after 10 attempts.')).kind).toBe('broken');
  expect(failureOf(grpcError(13)).message).toBe('what the server says');
});

it('the answers of a batch are told apart by their details', () => {
  const kind = (name: string) => batchFailure(name, '', 's').kind;
  expect(kind('event_store.client.WrongExpectedVersion')).toBe('conflict');
  expect(kind('event_store.client.AccessDenied')).toBe('refused');
  expect(kind('event_store.client.MaximumAppendSizeExceeded')).toBe('tooLarge');
  expect(kind('event_store.client.Timeout')).toBe('broken');
  expect(kind('')).toBe('broken');
});

it('what does not answer in time is silent, and its late failure harms nobody', async () => {
  let fail = (_: Error): void => {};
  const late = new Promise<never>((_, reject) => {
    fail = reject;
  });
  await expect(within(1, late, 'a call')).rejects.toMatchObject({
    kind: 'silent',
    message: 'a call: no answer within 1 ms',
  });
  fail(new Error('too late'));
  expect(await within(1_000, Promise.resolve(7), 'a call')).toBe(7);
});
