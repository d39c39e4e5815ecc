import { ask } from '../data/ask.ts';
import type { Shape } from './draft.ts';

/** Records a definition of a type, which comes into force with a rebuild. */
export const putDefinition = (type: string, shape: Shape): Promise<unknown> =>
  ask(`/v1/definitions/${encodeURIComponent(type)}`, { method: 'PUT', body: shape });
