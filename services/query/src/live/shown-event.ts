import { encoderOf, liveEffectSchema } from '@touchstone/api';
import type { StoredEvent } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { Taken } from './customer-states.ts';

/** The values by which a stream may be filtered; '' where an event has none. */
export interface Facets {
  readonly type: string;
  readonly touchpoint: string;
  readonly channel: string;
  readonly outcome: string;
  readonly journeyType: string;
  readonly customerId: string;
  readonly team: string;
}

export type Filters = { readonly [Name in keyof Facets]?: string | undefined };

/** An event of the stream as all its readers get it. */
export interface ShownEvent {
  readonly position: bigint;
  readonly facets: Facets;
  readonly text: string;
}

export function isWanted({ facets }: ShownEvent, filters: Filters): boolean {
  return Object.entries(filters).every(
    ([name, value]) => value === undefined || facets[name as keyof Facets] === value,
  );
}

const encodeEffect = encoderOf(liveEffectSchema);

/** Writes the event once; its CloudEvent is the text that is stored. */
export function shownEvent(customerId: string, stored: StoredEvent, taken: Taken | null): ShownEvent {
  const { position, recordedAt, type, body } = stored;
  const event = taken !== null || isJson(body) ? withoutBreaks(body) : 'null';
  const head = { position: String(position), recordedAt: formatInstant(recordedAt), customerId };
  const did = JSON.stringify(encodeEffect(taken?.did ?? null));
  const data = `${JSON.stringify(head).slice(0, -1)},"did":${did},"event":${event}}`;
  return { position, facets: facetsOf(customerId, type, taken), text: `id: ${position}\ndata: ${data}\n\n` };
}

function facetsOf(customerId: string, type: string, taken: Taken | null): Facets {
  const data = (taken?.event.data ?? {}) as {
    readonly touchpoint?: string;
    readonly channel?: string;
    readonly outcome?: string;
    readonly journeyType?: string;
    readonly actor?: { readonly team?: string };
  };
  return {
    type: taken?.event.type ?? type,
    touchpoint: data.touchpoint ?? '',
    channel: data.channel ?? '',
    outcome: data.outcome ?? '',
    journeyType: taken?.did?.journeyType ?? data.journeyType ?? '',
    customerId,
    team: data.actor?.team ?? '',
  };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** JSON has line breaks between its parts only, and a line break would end the data. */
const withoutBreaks = (text: string) => (/[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text);

/** Tells a stream that it left out the positions (after, upTo]. */
export const skippedText = (after: bigint, upTo: bigint): string =>
  `event: skipped\ndata: ${JSON.stringify({ after: String(after), upTo: String(upTo) })}\n\n`;
