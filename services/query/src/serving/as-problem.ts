import { EventStoreError, type EventStoreErrorCode } from '@touchstone/event-store';
import { ReadModelError, type ReadModelErrorCode } from '@touchstone/read-models';
import { NoTurn, type NoTurnReason, Problem } from '@touchstone/runtime';

/**
 * Turns an error of the stores into a problem of the API; returns any other error, a bug,
 * unchanged.
 */
export function asProblem(error: unknown): unknown {
  if (error instanceof NoTurn) return new Problem('overloaded', NO_TURN[error.reason], { headers: soon(2) });
  if (error instanceof ReadModelError) {
    if (error.code === 'invalid') return invalidRequest(error);
    if (error.code === 'too-much') return new Problem('too_much', error.message);
    if (error.code === 'invalid-sql')
      return new Problem('invalid_sql', `The statement cannot be answered: ${error.message}`);
    if (error.code === 'too-costly') return new Problem('too_costly', TOO_COSTLY, { headers: soon(5) });
    return unavailable('read_model_unavailable', READ_MODEL[error.code], error);
  }
  if (error instanceof EventStoreError) return unavailable('store_unavailable', toldOf(error), error);
  return error;
}

const soon = (seconds: number) => ({ 'retry-after': String(seconds) });

const NO_TURN: Readonly<Record<NoTurnReason, string>> = {
  'queue-full': 'Too many questions wait already. Ask again in a moment, and fewer at once.',
  'waited-long': 'The turn of this question did not come in time, because of other questions. Ask again in a moment.',
  left: 'The question was given up, because nobody waited for the answer any more.',
};

const TOO_COSTLY =
  'The answer takes more time or memory than one question may (QUESTION_TIME_MAX, QUESTION_MEMORY_MAX). Ask for less: a shorter window of time, one customer or type, fewer filters of attributes, fewer dimensions.';

/** The detail, and the seconds of `Retry-After`; `null` for an error that no retry cures. */
type Unavailable = readonly [words: string, seconds: number] | null;

const MOMENT = 1;
/** Seconds to wait where an operator has to act first. */
const WHILE = 30;

/** Codes of the read model's errors that are the caller's to mend. */
type AnsweredOtherwise = 'invalid' | 'too-costly' | 'too-much' | 'invalid-sql';

const READ_MODEL: Readonly<Record<Exclude<ReadModelErrorCode, AnsweredOtherwise>, Unavailable>> = {
  unavailable: ['The read model does not answer. Ask again in a moment.', MOMENT],
  closed: ['The read model does not answer. Ask again in a moment.', MOMENT],
  fenced: ['The read model is being taken over by another process. Ask again in a moment.', MOMENT],
  full: ['No room is left on the disk of the read model. It goes on by itself once there is.', WHILE],
  locked: ['Another process has the read model open.', WHILE],
  denied: ['ClickHouse does not let this service in: see CLICKHOUSE_URL, and the rights of its user.', WHILE],
  corrupt: ['The read model is damaged. It can be moved away and rebuilt from the log.', WHILE],
  query: null,
  'migration-changed': null,
};

const EVENT_STORE: Readonly<Record<Exclude<EventStoreErrorCode, 'sealed'>, Unavailable>> = {
  unavailable: ['The event store does not answer. Ask again in a moment.', MOMENT],
  closed: ['The event store does not answer. Ask again in a moment.', MOMENT],
  full: [
    'No room is left on the disk of the event store, so that what fell due cannot be recorded. It goes on by itself once there is; single customers and journeys are answered.',
    WHILE,
  ],
  locked: ['Another process has the event store open.', WHILE],
  corrupt: ['The event store is damaged: see the log of the service, and restore a backup.', WHILE],
  diverged: [
    'The log was put back from a backup, or is another. What was read of it is read anew; ask again in a moment.',
    MOMENT,
  ],
  refused: ['The event store refuses what this needs: see the log of the service, and the rights of its user.', WHILE],
};

/** The message of a sealed log says where the log went, so the caller gets it unchanged. */
const toldOf = ({ code, message }: EventStoreError): Unavailable =>
  code === 'sealed' ? [message, WHILE] : EVENT_STORE[code];

function unavailable(
  code: 'read_model_unavailable' | 'store_unavailable',
  told: Unavailable,
  error: ReadModelError | EventStoreError,
): unknown {
  if (told === null) return error;
  const [words, seconds] = told;
  return new Problem(code, words, { headers: soon(seconds), cause: error });
}

function invalidRequest({ message, parameter }: ReadModelError): Problem {
  const detail = parameter === undefined ? message : `${parameter}: ${message}`;
  return new Problem('invalid_query', detail, { errors: [{ path: parameter ?? '', message }] });
}
