import type { IngressBatch, MessageTrace } from '@touchstone/event-bus';
import { expect, test } from 'vitest';
import { withMessageTraces } from './traced-messages.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function batchOf(...messages: [value: unknown, trace?: MessageTrace][]): IngressBatch {
  return {
    values: messages.map(([value]) => value),
    refused: new Map(),
    escaped: false,
    textOf: (index) => JSON.stringify(messages[index]![0]),
    payloadOf: () => ({ payload: '' }),
    originOf: () => 'kafka',
    traceOf: (index) => messages[index]![1],
  };
}

test('an event carries the trace of its message, and is then no longer the text that was sent', () => {
  const trace = { traceparent: TRACE, tracestate: 'a=1' };
  const { values, textOf } = withMessageTraces(batchOf([{ id: '1' }, trace], [{ id: '2' }]));
  expect(values).toEqual([{ id: '1', ...trace }, { id: '2' }]);
  expect([textOf(0), textOf(1)]).toEqual([undefined, '{"id":"2"}']);
});

test('a trace that the publisher gave the event stays, and what is no trace is not taken for one', () => {
  const given = [
    [{ traceparent: 'own' }, { traceparent: TRACE }],
    [{ id: '1' }, { traceparent: 'nonsense' }],
    [{ id: '1' }, { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    [undefined, { traceparent: TRACE }],
  ] as [unknown, MessageTrace][];
  expect(withMessageTraces(batchOf(...given)).values).toEqual(given.map(([value]) => value));
});
