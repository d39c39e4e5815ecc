import type { EventStore } from '../../src/port.ts';

/** One place where a store keeps its data, for one test. */
export interface EventStorePlace {
  /** Opens the store there; the first time it is empty. Called again after `close()`, it must find what was stored. */
  open(): Promise<EventStore>;
  /** Set the store's clock so far ahead, or back, ms; absent where it is not the place's to set. */
  readonly stepBy?: (ms: number) => void;
  /** Makes a backup of a store that is closed; what it answers puts the backup back, and is called while the store is closed again. */
  readonly backup?: () => Promise<() => Promise<void>>;
  /** Called once, after the store was closed. */
  destroy(): Promise<void>;
}

/** What the tests of the contract are given: each begins with an empty store. */
export interface ContractContext {
  place: EventStorePlace;
  store: EventStore;
  /** Closes the store and opens it again over the same data. */
  reopen: () => Promise<EventStore>;
}
