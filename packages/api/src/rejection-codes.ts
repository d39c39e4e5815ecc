/**
 * Why an input did not become an event. Part of the public API: the `code` of a problem and of a
 * kept rejection.
 */
export const rejectionCodes = {
  invalid_json: 'The text is not JSON.',
  invalid_encoding: 'The bytes are not UTF-8, or a header cannot be decoded.',
  invalid_event: 'The event is not as its type must be; `errors` say where.',
  unknown_type: 'The event type is none that can be published.',
  event_too_large:
    'One event may have 1 MiB, or less where the server of the event store takes less (its `MaxAppendSize`). Only the beginning of it is kept, 64 KiB at most.',
  source_not_allowed: 'The key is bound to other sources.',
  time_in_future:
    'The time lies further ahead of the clock here than `FUTURE_LIMIT` allows; a retry takes the event once it may.',
  customer_full:
    'The customer has as many events, or was made as many promises, as one may have (`CUSTOMER_EVENTS_MAX`, `CUSTOMER_PROMISES_MAX`); a retry takes the event once there is room.',
  journey_full:
    'The journey has as many moments as one may have (`JOURNEY_MOMENTS_MAX`); a retry takes the event once there is room.',
  erased: 'The customer was deleted for good in the event store, and takes no event any more.',
  damaged:
    'What was kept of this is damaged in the store: it is listed as far as it can be read, and cannot be retried.',
  conflict: 'Another event of this customer, source and id is stored already; the first stays.',
} as const;

export type RejectionCode = keyof typeof rejectionCodes;
