import { z } from 'zod';

/**
 * Every code of a problem document, with its HTTP status and title; codes are public, so add but
 * never rename. The reasons for rejected events are a separate list: `rejection-codes.ts`.
 */
export const problemCodes = {
  // Requests in general
  bad_request: { status: 400, title: 'The request is malformed' },
  invalid_query: { status: 400, title: 'A parameter is not as it must be' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_encoding: { status: 400, title: 'The body is not what its headers say' },
  unauthenticated: { status: 401, title: 'A key is needed' },
  unknown_key: { status: 401, title: 'The key is not known' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  wrong_host: { status: 403, title: 'The request is addressed to another host' },
  cross_origin: { status: 403, title: 'The request comes from another site' },
  through_proxy: { status: 403, title: 'The request comes through a proxy' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The path takes other methods' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not understood' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'The service failed' },
  stopping: { status: 503, title: 'The service is stopping' },
  not_ready: { status: 503, title: 'The service is not ready' },
  // Publishing
  too_many_events: { status: 413, title: 'Too many events in one batch' },
  no_events: { status: 422, title: 'The request holds no event' },
  nothing_accepted: { status: 422, title: 'No event of the request was accepted' },
  too_many_rejected: { status: 422, title: 'Nearly all of the stream is rejected' },
  source_not_allowed: { status: 403, title: 'The key is bound to other sources' },
  store_unavailable: { status: 503, title: 'The event store is not available' },
  overloaded: { status: 503, title: 'Too much is in flight' },
  // Reading
  too_much: { status: 400, title: 'The answer would be too large' },
  not_in_the_past: { status: 400, title: 'That is not kept for the past' },
  no_steps: { status: 400, title: 'The journey type has no steps' },
  invalid_sql: { status: 400, title: 'The statement cannot be answered' },
  sql_door_closed: { status: 403, title: 'SQL is not taken here' },
  sharing_closed: { status: 403, title: 'Links for customers are not made here' },
  ambiguous_journey: { status: 409, title: 'Several customers use this journey id' },
  customer_erased: { status: 410, title: 'The customer was deleted for good' },
  position_beyond_log: { status: 409, title: 'The log has no such position yet' },
  rebuild_needed: { status: 409, title: 'The read model is being filled anew for this question' },
  under_way: { status: 409, title: 'A rebuild or a trial is under way' },
  backup_under_way: { status: 409, title: 'A backup is under way' },
  backup_elsewhere: { status: 501, title: 'The log has a backup of its own' },
  target_in_use: { status: 409, title: 'An objective names the target' },
  invalid_definition: { status: 422, title: 'The definition is not as it must be' },
  invalid_target: { status: 422, title: 'The target is not as it must be' },
  too_costly: { status: 503, title: 'The question takes too much' },
  read_model_behind: { status: 503, title: 'The read model has not come so far' },
  read_model_damaged: { status: 503, title: 'The read model is not known to be whole' },
  read_model_of_another_log: { status: 503, title: 'The read model is of another log' },
  read_model_unavailable: { status: 503, title: 'The read model does not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCodes;

/** One validation error of an input: its path and how to fix it. */
export const inputErrorSchema = z.object({ path: z.string(), message: z.string() }).meta({ id: 'InputError' });
export type InputError = Readonly<z.output<typeof inputErrorSchema>>;

/** An error answer. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(inputErrorSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });
