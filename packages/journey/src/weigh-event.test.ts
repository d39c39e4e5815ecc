import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cursedMeasures } from '../testing/cursed.ts';
import { history } from '../testing/random-history.ts';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import type { JourneyEvent } from './events.ts';
import { initialState, serialiseState } from './state.ts';
import { customerFolding, journeyFolding } from './tell-journey.ts';
import { UnmeasurableEvent } from './weigh-event.ts';

const NOW = Date.UTC(2199, 0, 1);

/** One journey has a type whose rules cannot score anything. */
const cursed = history.map((events) =>
  events.map((event): JourneyEvent => {
    const { journeyId } = event.data;
    if (journeyId !== 'j1') return event;
    return { ...event, data: { ...event.data, journeyType: 'cursed' } } as JourneyEvent;
  }),
);

test('an event that cannot be measured leaves the state as it was, in whatever history it comes', () => {
  let unmeasurable = 0;
  fc.assert(
    fc.property(cursed, (events) => {
      const state = initialState('c1');
      for (const event of events) {
        const before = serialiseState(state);
        try {
          apply(cursedMeasures, state, event, newChanges());
        } catch (error) {
          expect(error).toBeInstanceOf(UnmeasurableEvent);
          expect(serialiseState(state)).toBe(before);
          unmeasurable++;
        }
      }
    }),
    { numRuns: 200, seed: 3 },
  );
  expect(unmeasurable).toBeGreaterThan(200);
});

test('a fold and a telling that leave out what they cannot measure are those of the other events alone', () => {
  fc.assert(
    fc.property(cursed, (events) => {
      const taken: JourneyEvent[] = [];
      const folding = customerFolding(cursedMeasures, 'c1', NOW);
      const telling = journeyFolding(cursedMeasures, 'c1', 'j2', NOW);
      for (const event of events) {
        try {
          folding.take(event);
          taken.push(event);
        } catch {
          expect(() => telling.take(event)).toThrow(UnmeasurableEvent);
          continue;
        }
        telling.take(event);
      }
      const [foldingAlone, tellingAlone] = [
        customerFolding(cursedMeasures, 'c1', NOW),
        journeyFolding(cursedMeasures, 'c1', 'j2', NOW),
      ];
      for (const event of taken) {
        foldingAlone.take(event);
        tellingAlone.take(event);
      }
      const folded = folding.finish();
      expect(folded === null).toBe(taken.length === 0);
      if (folded !== null) expect(serialiseState(folded)).toBe(serialiseState(foldingAlone.finish()!));
      expect(telling.finish()).toEqual(tellingAlone.finish());
    }),
    { numRuns: 200, seed: 4 },
  );
});
