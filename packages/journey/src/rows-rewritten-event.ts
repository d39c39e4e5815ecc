import { type ChangeEvent, changeEvent } from './announcement-event.ts';

const TYPE = 'touchstone.change.rows-rewritten.v1';

/**
 * A customer's rows were found to differ from the log: from here on in the log, every read model
 * writes all of them again. It carries the time of the finding and its description.
 */
export type RowsRewrittenEvent = ChangeEvent<{ readonly because: string }>;

/**
 * Encodes the finding as a CloudEvent. `id` must be new, because a second finding is another event;
 * `at` in ms.
 */
export function rowsRewrittenEvent(
  customerId: string,
  because: string,
  { id, at }: { readonly id: string; readonly at: number },
): RowsRewrittenEvent {
  return changeEvent(customerId, TYPE, { id: `rows-rewritten/${id}`, at, data: { because } });
}

export function isRowsRewritten({ body }: { readonly body: string }): boolean {
  // A text search is cheaper than parsing each body, and hardly any is of this type.
  if (!body.includes(TYPE)) return false;
  try {
    return (JSON.parse(body) as RowsRewrittenEvent).type === TYPE;
  } catch {
    return false;
  }
}
