/**
 * A published event in the form of api.md and §2 of the measurement: the plain JSON, nothing
 * decoded.
 */
export interface PublishedEvent {
  readonly specversion?: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly subject?: string | undefined;
  readonly data: EventData;
}

export type Rating = number | { readonly value: number; readonly min: number; readonly max: number };

/** All fields of any event's data. The table of §2 lists which event has which. */
export interface EventData {
  readonly customerId?: string | undefined;
  readonly journeyId?: string | undefined;
  readonly journeyType?: string | undefined;
  readonly touchpoint?: string | undefined;
  readonly channel?: string | undefined;
  readonly outcome?: 'succeeded' | 'failed' | 'abandoned' | undefined;
  readonly expectation?: Rating | undefined;
  readonly perception?: Rating | undefined;
  readonly ratings?: Readonly<Record<string, Rating | undefined>> | undefined;
  readonly effort?: Rating | undefined;
  readonly durationMs?: number | undefined;
  readonly instrument?: 'csat' | 'nps' | 'ces' | undefined;
  readonly score?: Rating | undefined;
  readonly promiseId?: string | undefined;
  readonly dueAt?: string | undefined;
  readonly complaintId?: string | undefined;
  readonly satisfaction?: Rating | undefined;
  readonly kind?: string | undefined;
  readonly accepted?: boolean | undefined;
  readonly [other: string]: unknown;
}

/** A touchpoint expected after another, in the form of §5a. */
export interface Expected {
  readonly after: string;
  readonly touchpoint: string;
  readonly withinMs: number;
  readonly counts?: boolean | undefined;
}

/** A definition in the form of §8. */
export interface Definition {
  readonly type: string;
  readonly expectation?: number | undefined;
  readonly abandonAfterDays?: number | undefined;
  readonly completesOn?: readonly string[] | undefined;
  readonly expects?: readonly Expected[] | undefined;
  readonly touchpoints?:
    | Readonly<
        Record<
          string,
          {
            readonly weight?: number | undefined;
            readonly critical?: boolean | undefined;
            readonly expectation?: number | undefined;
            readonly targetMs?: number | undefined;
          }
        >
      >
    | undefined;
  readonly [other: string]: unknown;
}

/** `moment.recorded` for `touchstone.moment.recorded.v1`. */
export function nameOf(event: PublishedEvent): string {
  return event.type.slice('touchstone.'.length, -'.v1'.length);
}

export function timeOf(event: PublishedEvent): number {
  return Date.parse(event.time);
}

export function customerOf(event: PublishedEvent): string {
  return event.subject ?? event.data.customerId ?? '';
}

/**
 * §2: an event with the same id and source as an earlier one of its customer is a repeat; the first
 * content stays.
 */
export function withoutRepeats(events: readonly PublishedEvent[]): PublishedEvent[] {
  const seen = new Set<string>();
  return events.filter((event) => {
    const identity = JSON.stringify([customerOf(event), event.source, event.id]);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}
