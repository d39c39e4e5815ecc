// It comes first, because the schema is made when its module is read.
import './without-eval.ts';

/** The schema of a definition alone, by which the page checks what somebody types. */
export { definitionSchema } from '@touchstone/journey/definitions';
