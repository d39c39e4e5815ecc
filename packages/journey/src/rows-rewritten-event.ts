import { ANNOUNCER } from './announcement-event.ts';
import { formatInstant } from './instant.ts';

const TYPE = 'touchstone.change.rows-rewritten.v1';

/** Rows of a customer were found not to be what the log makes: from here on in the log all of them are written anew, in every read model. */
export interface RowsRewrittenEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When it was found. */
  readonly time: string;
  /** What it was, in words. */
  readonly data: { readonly because: string };
}

/** As a CloudEvent. `id` must be new: what is found again is another one. `at` in ms. */
export function rowsRewrittenEvent(
  customerId: string,
  because: string,
  { id, at }: { readonly id: string; readonly at: number },
): RowsRewrittenEvent {
  return {
    specversion: '1.0',
    id: `rows-rewritten/${id}`,
    source: ANNOUNCER,
    type: TYPE,
    subject: customerId,
    time: formatInstant(at),
    data: { because },
  };
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
