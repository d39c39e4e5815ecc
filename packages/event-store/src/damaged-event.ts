import type { StoredEvent } from './port.ts';

/**
 * Prefix of the body of an event that is not what was accepted. It makes the body invalid JSON, so
 * that no reader trusts it by mistake; the stored text follows it, for people to inspect.
 */
const MARK = 'damaged: ';

export const isDamaged = ({ body }: Pick<StoredEvent, 'body'>): boolean => body.startsWith(MARK);

export const damagedBody = (stored: string): string => MARK + stored;

/** The body exactly as stored, for a damaged event as for a sound one. */
export const bodyAsStored = ({ body }: Pick<StoredEvent, 'body'>): string =>
  body.startsWith(MARK) ? body.slice(MARK.length) : body;

/** Reason shown when such an event is parked. */
export const DAMAGED_REASON =
  'damaged: what is stored at this position is not what was accepted (its checksum does not hold)';

/** Called for each damaged event, each time it is read. */
export type OnDamaged = (event: Pick<StoredEvent, 'position' | 'stream'>) => void;
