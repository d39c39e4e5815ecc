import type { StreamFilter } from './wire.ts';

/**
 * How our streams are named in the database. A namespace keeps several systems apart in one database: `customer-1` of the namespace `shop.` is the
 * stream `shop.customer-1` there.
 */
export interface StreamNames {
  /** The name in the database. Throws nothing; see {@link isReserved}. */
  inDatabase(stream: string): string;
  /** Our name of a stream that the filter let through. */
  ours(name: string): string;
  /** A stream of our own that holds no events: rejections, counts, the check at opening. */
  own(purpose: string): string;
  /** Lets through the streams of events, or those of them that begin with a prefix. */
  filter(streamPrefix?: string): StreamFilter;
}

const OWN = 'touchstone-';

/** Neither the server's streams nor our own. Reads the same in .NET and here. */
const EVENT_STREAMS = `^(?![$]|${OWN})`;

/** Names that no stream of events may have. */
export const isReserved = (name: string): boolean => name === '' || name.startsWith('$') || name.startsWith(OWN);

export function streamNames(namespace: string): StreamNames {
  return {
    inDatabase: (stream) => namespace + stream,
    ours: (name) => name.slice(namespace.length),
    own: (purpose) => `${OWN}${namespace}${purpose}`,
    filter(streamPrefix = '') {
      const prefix = namespace + streamPrefix;
      return prefix === '' ? { regex: EVENT_STREAMS } : { prefix };
    },
  };
}
