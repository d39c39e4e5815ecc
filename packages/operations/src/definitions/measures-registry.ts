import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '@touchstone/event-store';
import {
  type Definition,
  definitionSchema,
  definitionsByType,
  type MeasurementRules,
  type Policy,
  policyAsRecorded,
} from '@touchstone/journey';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';

/** The stream of the measures in force: one event for each change. */
export const MEASURES_STREAM = 'measures';
const TYPE = 'touchstone.measures.in-force.v1';
const SOURCE = 'urn:touchstone:measures';

/** The measures that users can change: the policy and the definitions of journeys. */
export type InForce = Pick<MeasurementRules, 'policy' | 'definitions'>;

export interface MeasuresRegistry {
  /**
   * The measures in force according to the log. Null where the log says nothing: then the newest
   * definitions are in force, since none waits.
   */
  inForce(): Promise<InForce | null>;
  /**
   * Records that `measures` come into force. The caller tells it before it switches to them, so
   * that a process killed in between finds what to do.
   */
  tell(measures: InForce): Promise<void>;
}

/** Other processes may append to the stream at the same moment: each try reads it again. */
const ATTEMPTS = 20;

export function measuresRegistry(store: EventStore, clock: () => number = Date.now): MeasuresRegistry {
  const read = async () => {
    const events = await store.readStream(MEASURES_STREAM);
    const last = readable(body, events).at(-1)?.data;
    return {
      told: last === undefined ? null : { policy: last.policy, definitions: definitionsByType(last.definitions) },
      count: events.length,
    };
  };
  return {
    inForce: async () => (await read()).told,
    async tell(measures) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { told, count } = await read();
        if (told !== null && isSameInForce(told, measures)) return;
        await store.append([encode(measures, count + 1, clock())]);
      }
      throw new Error(`what is in force lost ${ATTEMPTS} times against what others told at once`);
    },
  };
}

const body = z.object({
  data: z.object({ policy: z.unknown().transform(policyAsRecorded), definitions: z.array(definitionSchema) }),
});

export function isSameInForce(one: InForce, other: InForce): boolean {
  return isDeepStrictEqual(asText(one), asText(other));
}

/** The measures as plain JSON values, with the definitions sorted by type. */
function asText({ policy, definitions }: InForce): { readonly policy: Policy; readonly definitions: Definition[] } {
  const sorted = [...definitions.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
  return JSON.parse(JSON.stringify({ policy, definitions: sorted }));
}

/** The id contains the number, so the store accepts only one event for each number. */
function encode(measures: InForce, number: number, at: number) {
  return ownEvent(MEASURES_STREAM, {
    source: SOURCE,
    type: TYPE,
    id: `in-force/${number}`,
    at,
    data: asText(measures),
  });
}
