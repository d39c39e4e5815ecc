import { afterEach, beforeEach, describe } from 'vitest';
import { appending } from './appending.ts';
import { closing } from './closing.ts';
import type { ContractContext, EventStorePlace } from './context.ts';
import { counting, countingMinutes } from './counting.ts';
import { history } from './history.ts';
import { identity } from './identity.ts';
import { reading } from './reading.ts';
import { recording } from './recording.ts';
import { rejecting } from './rejecting.ts';
import { subscribing } from './subscribing.ts';

export type { EventStorePlace } from './context.ts';

/**
 * The promises of every event store, as tests: call `eventStoreContract('sqlite', place)` in a test
 * file of the adapter; `place` is called for each test. The tests assume neither dense positions
 * nor a log without the store's own bookkeeping.
 */
export function eventStoreContract(name: string, place: () => Promise<EventStorePlace> | EventStorePlace): void {
  describe(`${name} keeps the contract of the event store:`, () => {
    const context = {} as ContractContext;
    beforeEach(async () => {
      context.place = await place();
      context.store = await context.place.open();
      context.reopen = async () => {
        await context.store.close();
        context.store = await context.place.open();
        return context.store;
      };
    });
    afterEach(async () => {
      await context.store?.close();
      await context.place?.destroy();
    });
    appending(context);
    identity(context);
    reading(context);
    subscribing(context);
    counting(context);
    countingMinutes(context);
    recording(context);
    rejecting(context);
    history(context);
    closing(context);
  });
}
