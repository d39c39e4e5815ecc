/** Streams whose events others published to us; the rest is the system's own. */
export const PUBLISHED_PREFIX = 'customer-';

/** The same as a condition in SQL: `customer.` is the least text after all that begin so. */
export const IS_PUBLISHED_SQL = `(stream >= '${PUBLISHED_PREFIX}' AND stream < 'customer.')`;
