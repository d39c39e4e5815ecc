import { type ChangeEvent, changeEvent } from './announcement-event.ts';

const TYPE = 'touchstone.change.rows-rewritten.v1';

/**
 * Rows of a customer were found not to be what the log makes: from here on in the log all of them are written anew, in every read model. It says when that was
 * found, and what it was, in words.
 */
export type RowsRewrittenEvent = ChangeEvent<{ readonly because: string }>;

/** As a CloudEvent. `id` must be new: what is found again is another one. `at` in ms. */
export function rowsRewrittenEvent(
  customerId: string,
  because: string,
  { id, at }: { readonly id: string; readonly at: number },
): RowsRewrittenEvent {
  return changeEvent(customerId, TYPE, { id: `rows-rewritten/${id}`, at, data: { because } });
}

export function isRowsRewritten({ body }: { readonly body: string }): boolean {
  // Cheaper than parsing each, and hardly any is one.
  if (!body.includes(TYPE)) return false;
  try {
    return (JSON.parse(body) as RowsRewrittenEvent).type === TYPE;
  } catch {
    return false;
  }
}
