/** Prefix of the streams that publishers write to; all others are the system's own. */
export const PUBLISHED_PREFIX = 'customer-';

/** The same as an SQL condition: `customer.` is the least text after all texts with the prefix. */
export const IS_PUBLISHED_SQL = `(stream >= '${PUBLISHED_PREFIX}' AND stream < 'customer.')`;
