/** Streams of the log by customer: this file alone knows how they are named. */

/**
 * Prefix of the streams with the events that others publish; the rest of the name is the customer.
 */
export const CUSTOMER_STREAM = 'customer-';
/** Prefix of the streams with the system's own announcements about a customer. */
export const CHANGES_STREAM = 'changes-';

export const customerStream = (customerId: string): string => CUSTOMER_STREAM + customerId;
export const changesStream = (customerId: string): string => CHANGES_STREAM + customerId;

/** The customer of a stream, of either kind; null if the stream belongs to no customer. */
export function customerOf(stream: string): string | null {
  if (stream.startsWith(CUSTOMER_STREAM)) return stream.slice(CUSTOMER_STREAM.length);
  return stream.startsWith(CHANGES_STREAM) ? stream.slice(CHANGES_STREAM.length) : null;
}

/** The stream of the begins and ends of alerts, which belong to no customer. */
export const ALERTS_STREAM = 'alerts';
