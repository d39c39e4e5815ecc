import type { EventStore } from '../../src/port.ts';

/** One place where a store keeps its data, for one test. */
export interface EventStorePlace {
  /**
   * Opens the store there, empty the first time. After `close()` it must find everything stored
   * before.
   */
  open(): Promise<EventStore>;
  /** Moves the store's clock ahead, or back, ms; absent if this place cannot. */
  readonly stepBy?: (ms: number) => void;
  /**
   * Makes a backup while the store is closed, and returns a function that restores it, also called
   * while the store is closed.
   */
  readonly backup?: () => Promise<() => Promise<void>>;
  /** Called once, after the store was closed. */
  destroy(): Promise<void>;
}

/** Given to the tests of the contract; each begins with an empty store. */
export interface ContractContext {
  place: EventStorePlace;
  store: EventStore;
  /** Closes the store and opens it again over the same data. */
  reopen: () => Promise<EventStore>;
}
