import { heartbeatSchema, objectiveSchema, watchSchema } from '@touchstone/api';
import { expect, test } from 'vitest';
import { bodyOf, draftOf } from './drafts.ts';

test('what was put comes back from its form as it is', () => {
  const objective = objectiveSchema.parse({
    touchpoint: '42',
    channel: 'app',
    objective: 0.983,
    notify: ['ops', 'chat'],
  });
  expect(objectiveSchema.parse(bodyOf('objective', draftOf('objective', objective, 'UTC')))).toEqual(objective);
  const hours = { days: [1, 2, 5], from: '22:00', to: '06:00', timeZone: 'Asia/Shanghai' };
  const heartbeat = heartbeatSchema.parse({ touchpoint: 'order.placed', silentAfter: 'P1D', hours });
  expect(heartbeatSchema.parse(bodyOf('heartbeat', draftOf('heartbeat', heartbeat, 'UTC')))).toEqual(heartbeat);
  const watch = watchSchema.parse({ stage: 'behavioural', within: 'P7D', atLeast: 3, rate: 0.07 });
  expect(watchSchema.parse(bodyOf('watch', draftOf('watch', watch, 'UTC')))).toEqual(watch);
});

test('a new form is one that the API takes once it has a touchpoint', () => {
  const filled = (kind: 'objective' | 'heartbeat') => ({
    ...draftOf(kind, undefined, 'Europe/Berlin'),
    touchpoint: 'a',
  });
  expect(objectiveSchema.safeParse(bodyOf('objective', filled('objective'))).success).toBe(true);
  expect(heartbeatSchema.parse(bodyOf('heartbeat', filled('heartbeat')))).toEqual({
    touchpoint: 'a',
    silentAfter: 'PT2H',
  });
  expect(watchSchema.safeParse(bodyOf('watch', draftOf('watch', undefined, 'UTC'))).success).toBe(true);
  expect(objectiveSchema.safeParse(bodyOf('objective', draftOf('objective', undefined, 'UTC'))).success).toBe(false);
});
