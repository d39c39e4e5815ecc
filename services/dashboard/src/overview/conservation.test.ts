import { expect, test } from 'vitest';
import { conservationOf } from './conservation.ts';

const atRest = {
  log: '20',
  projected: '20',
  lagMs: 0,
  accepted: 10,
  cut: 0,
  stored: 10,
  projectedEvents: 9,
  parked: 1,
};

test('every accepted event is stored, and every stored event projected or parked', () => {
  expect(conservationOf(atRest).state).toBe('holds');
});

test('what is missing while the read model is behind is on its way; at rest it is lost', () => {
  expect(conservationOf({ ...atRest, projected: '17', projectedEvents: 6 })).toMatchObject({
    state: 'catching-up',
    behind: 3n,
  });
  expect(conservationOf({ ...atRest, projectedEvents: 6 }).state).toBe('broken');
});

test('positions beyond what a number holds are compared exactly', () => {
  const position = { ...atRest, log: '9007199254740993', projected: '9007199254740992', projectedEvents: 8 };
  expect(conservationOf(position).behind).toBe(1n);
});
