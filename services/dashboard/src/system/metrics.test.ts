import { expect, test } from 'vitest';
import { sampleOf, samplesIn } from './metrics.ts';

test('reads names, labels and values, and leaves out what it does not know', () => {
  const samples = samplesIn(
    [
      '# HELP touchstone_audit_customers Customers.',
      'touchstone_audit_customers 12',
      'touchstone_lane_lag_messages{lane="3",topic="a \\"b\\""} 4.5e3',
      'garbage',
      'touchstone_x NaN',
      '',
    ].join('\n'),
  );
  expect(samples).toEqual([
    { name: 'touchstone_audit_customers', labels: {}, value: 12 },
    { name: 'touchstone_lane_lag_messages', labels: { lane: '3', topic: 'a "b"' }, value: 4500 },
  ]);
  expect(sampleOf(samples, 'touchstone_audit_customers')).toBe(12);
  expect(sampleOf(samples, 'touchstone_nothing')).toBeUndefined();
});
