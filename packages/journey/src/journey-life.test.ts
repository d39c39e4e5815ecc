import { expect, test } from 'vitest';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { NAMES_OF_JOURNEY_MAX } from './journey-life.ts';
import { policyV1 } from './policy.ts';
import { initialState } from './state.ts';

const measures = { policy: policyV1, definitions: definitionsByType([]) };

/** The n-th moment of a journey, at its own touchpoint and through its own channel. */
function moment(n: number, attributes: Readonly<Record<string, string>>): JourneyEvent {
  return {
    ...{ id: `e${n}`, source: '/test', type: 'touchstone.moment.recorded.v1', customerId: 'anna', time: n },
    data: {
      ...{ journeyId: 'j', journeyType: 'order', outcome: 'succeeded', perception: 4 },
      ...{ touchpoint: `t${n}`, channel: `c${n}`, attributes },
    },
  } as JourneyEvent;
}

test('of a journey the first 256 touchpoints, channels and attributes are kept, and all its moments are counted', () => {
  const state = initialState('anna');
  const count = 3 * NAMES_OF_JOURNEY_MAX;
  for (let n = 0; n < count; n++)
    apply(measures, state, moment(n, { [`a${n}`]: 'first', a7: `of ${n}` }), newChanges());
  const { touchpoints, channels, attributes, moments, scored } = state.journeys.get('j')!;
  const first = (letter: string) => Array.from({ length: NAMES_OF_JOURNEY_MAX }, (_, n) => `${letter}${n}`);
  expect([...touchpoints]).toEqual(first('t'));
  expect([...channels]).toEqual(first('c'));
  expect(new Set(attributes.keys())).toEqual(new Set(first('a')));
  expect(attributes.get('a7')).toBe(`of ${count - 1}`);
  expect([moments, scored]).toEqual([count, count]);
});
