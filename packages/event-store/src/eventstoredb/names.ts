import type { StreamFilter } from './wire.ts';

/**
 * Names of our streams in the database. A namespace lets several systems share one database: in the
 * namespace `shop.`, `customer-1` is the database's stream `shop.customer-1`.
 */
export interface StreamNames {
  /** The name in the database. Never throws; see {@link isReserved}. */
  inDatabase(stream: string): string;
  /** Our name of a stream that the filter let through. */
  ours(name: string): string;
  /** A stream of our own that holds no events: rejections, counts, the check at opening. */
  own(purpose: string): string;
  /** Lets through the streams of events, or those whose name begins with a prefix. */
  filter(streamPrefix?: string): StreamFilter;
}

const OWN = 'touchstone-';

/** Excludes the server's streams and our own; .NET and JavaScript read it alike. */
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
