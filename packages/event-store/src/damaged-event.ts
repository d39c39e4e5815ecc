import type { StoredEvent } from './port.ts';

/**
 * An event that is not what was accepted is read with this before its body: no JSON, so that nobody believes it by mistake, whatever path it takes. Behind it
 * follows what is stored, for people to look at.
 */
const MARK = 'damaged: ';

export const isDamaged = ({ body }: Pick<StoredEvent, 'body'>): boolean => body.startsWith(MARK);

export const damagedBody = (stored: string): string => MARK + stored;

/** The body as it is stored, of a damaged event or a whole one. */
export const bodyAsStored = ({ body }: Pick<StoredEvent, 'body'>): string =>
  body.startsWith(MARK) ? body.slice(MARK.length) : body;

/** Why such an event is set aside, in words. */
export const DAMAGED_REASON =
  'damaged: what is stored at this position is not what was accepted (its checksum does not hold)';

/** Told of each damaged event, as often as it is read. */
export type OnDamaged = (event: Pick<StoredEvent, 'position' | 'stream'>) => void;
