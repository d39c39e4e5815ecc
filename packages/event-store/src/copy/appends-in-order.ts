import type { Connection } from '../eventstoredb/connection.ts';
import { EventStoreDbFailure } from '../eventstoredb/failure.ts';
import type { WireEvent } from '../eventstoredb/wire.ts';
import { EventStoreError } from '../port.ts';

/** Events for one stream, with ids by which the server recognises them when they are sent again. */
export interface OrderedAppend {
  readonly stream: string;
  /** Revision of the stream before them; -1 if it does not exist. */
  readonly expected: number;
  readonly events: readonly WireEvent[];
}

export interface AppendsInOrder {
  /**
   * Resolves once the append is on its way, or later if as many are on their way as may be. Throws
   * the failure of an earlier one if its order cannot be kept.
   */
  send(append: OrderedAppend): Promise<void>;
  /** Resolves once everything that was sent is stored. */
  settled(): Promise<void>;
  /** Resolves once nothing is on its way any more, stored or not. */
  landed(): Promise<void>;
}

type Sent = OrderedAppend & { isStored: boolean };

/**
 * Keeps several appends in flight that the log must hold in their order. The server takes the
 * appends of one call in order, so a broken connection leaves a prefix of them stored: the rest is
 * then sent again one by one, and an append that is missing before a stored one is an error.
 */
export function appendsInOrder(
  connection: Pick<Connection, 'append' | 'appendOnce' | 'collect'>,
  inFlightMax: number,
): AppendsInOrder {
  /** Everything since the first append that is not known to be stored, in order. */
  let sent: Sent[] = [];
  let flying = 0;
  let hasFailed = false;
  let wake = (): void => {};

  const landing = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  const land = (): void => {
    flying -= 1;
    while (sent[0]?.isStored === true) sent.shift();
    wake();
  };

  async function landed(): Promise<void> {
    while (flying > 0) await landing();
  }

  async function recover(): Promise<void> {
    await landed();
    const unclear = sent;
    sent = [];
    hasFailed = false;
    let missing: Sent | undefined;
    for (const append of unclear) {
      append.isStored ||= await isStored(connection, append);
      if (append.isStored && missing !== undefined) throw outOfOrder(append.stream, missing.stream);
      if (!append.isStored) missing ??= append;
    }
    for (const append of unclear) if (!append.isStored) await appendAlone(connection, append);
  }

  return {
    landed,
    async send(append) {
      while (flying >= inFlightMax && !hasFailed) await landing();
      if (hasFailed) await recover();
      const one = { ...append, isStored: false };
      sent.push(one);
      flying += 1;
      connection.appendOnce(append.stream, append.expected, append.events).then(
        () => {
          one.isStored = true;
          land();
        },
        () => {
          hasFailed = true;
          land();
        },
      );
    },
    async settled() {
      await landed();
      if (hasFailed) await recover();
    },
  };
}

/**
 * Appends with retries while nothing else is on its way. Throws {@link EventStoreDbFailure}
 * `conflict` if the stream has other events behind the expected revision.
 */
export async function appendAlone(
  connection: Pick<Connection, 'append' | 'collect'>,
  append: OrderedAppend,
): Promise<void> {
  try {
    await connection.append(append.stream, append.expected, append.events);
  } catch (error) {
    const isConflict = error instanceof EventStoreDbFailure && error.kind === 'conflict';
    // Another run of the copy that was killed had sent these, and they arrived late.
    if (!isConflict || !(await isStored(connection, append))) throw error;
  }
}

async function isStored(
  { collect }: Pick<Connection, 'collect'>,
  { stream, expected, events }: OrderedAppend,
): Promise<boolean> {
  const there = (await collect({ stream, from: expected + 1, count: events.length })) ?? [];
  return there.length === events.length && there.every(({ eventId }, at) => eventId === events[at]!.eventId);
}

function outOfOrder(stream: string, before: string): EventStoreError {
  const names = [stream, before].map((name) => JSON.stringify(name));
  return new EventStoreError(
    'refused',
    `The server stored an append to stream ${names[0]} and not the one to ${names[1]} that was sent before it: the order of the copy is broken for good. What to do: begin anew in a place that is empty, with --in-flight 1.`,
  );
}
