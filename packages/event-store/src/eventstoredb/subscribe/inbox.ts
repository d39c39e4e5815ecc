import type { DecodedEvent } from '../record.ts';

/** Buffer of the events that a subscription has received and its reader has not yet taken. */
export interface Inbox {
  put(event: DecodedEvent): void;
  /** Wait until the reader has taken enough: the buffer holds two pages at most. */
  room(): Promise<void>;
  /**
   * Takes a page; empty when the reader must wait. A page is partial only when live, or after
   * `LINGER_MS` without another event.
   */
  take(): DecodedEvent[];
  /** Wait until there may be something to take or to report. */
  news(): Promise<void>;
  /** Notes that everything up to `position` has been received. */
  pass(position: bigint): void;
  readonly passed: bigint;
  setLive(isLive: boolean): void;
  readonly isLive: boolean;
  fail(error: unknown): void;
  readonly failure: { readonly error: unknown } | undefined;
}

/** While catching up, longest wait for a page to fill, ms. */
const LINGER_MS = 25;

export function openInbox(after: bigint, pageSize: number, signal: AbortSignal): Inbox {
  let events: DecodedEvent[] = [];
  let passed = after;
  let isLive = false;
  let failure: { readonly error: unknown } | undefined;
  let lingered = false;
  let wakeReader = (): void => {};
  let wakeWriter = (): void => {};
  const wakeBoth = (): void => {
    wakeReader();
    wakeWriter();
  };
  signal.addEventListener('abort', wakeBoth, { once: true });
  return {
    get passed() {
      return passed;
    },
    get isLive() {
      return isLive;
    },
    get failure() {
      return failure;
    },
    put(event) {
      events.push(event);
      if (isLive || events.length >= pageSize || events.length === 1) wakeReader();
    },
    pass(position) {
      if (position > passed) passed = position;
      if (isLive) wakeReader();
    },
    setLive(live) {
      isLive = live;
      wakeReader();
    },
    fail(error) {
      failure = { error };
      wakeReader();
    },
    take() {
      if (events.length < (isLive || lingered ? 1 : pageSize)) return [];
      lingered = false;
      const page = events.slice(0, pageSize);
      events = events.slice(pageSize);
      wakeWriter();
      return page;
    },
    async news() {
      if (signal.aborted) return;
      const linger = (): void => {
        lingered = true;
        wakeReader();
      };
      const timer = events.length > 0 ? setTimeout(linger, LINGER_MS) : undefined;
      await new Promise<void>((resolve) => {
        wakeReader = resolve;
      });
      clearTimeout(timer);
    },
    async room() {
      while (events.length >= 2 * pageSize && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wakeWriter = resolve;
        });
      }
    },
  };
}
