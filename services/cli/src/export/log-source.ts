import { createClient, type EventsPage, type EventsQuery, UnreachableError } from '@touchstone/client';
import { goneFrom } from '@touchstone/customer-folds';
import { EXPORTED_EVENTS_MAX, readExportPage } from '@touchstone/event-store';
import { type Definition, definitionSchema } from '@touchstone/journey';
import { isLoopback } from '@touchstone/runtime';
import { z } from 'zod';
import { readAnswer } from '../commands/answers.ts';
import { openStoppedLog, type StoppedLogCommand } from '../commands/backup-command.ts';

export type LogQuery = Pick<EventsQuery, 'after' | 'limit' | 'customer' | 'type'>;

/** The log that an export reads. */
export interface LogSource {
  /** Its name in messages. */
  readonly what: string;
  page(query: LogQuery): Promise<EventsPage>;
  definitions(): Promise<ExportedDefinitions>;
  close(): Promise<void>;
}

export interface ExportedDefinitions {
  /**
   * One definition of each type: the one in force in a running system, the newest of a stopped one.
   */
  readonly definitions: readonly Definition[];
  /** Types with a newer version that waits for a rebuild; that version is not exported. */
  readonly waiting: readonly string[];
}

/**
 * Opens the system at `url`; if none answers on this machine, the log of a stopped one, under its
 * lock.
 */
export async function openLogSource(command: StoppedLogCommand & { readonly key?: string }): Promise<LogSource> {
  const { url, key } = command;
  try {
    // Without retries, so that an absent system is noticed at once.
    await createClient({ url, key, retries: 0 }).get('/healthz');
  } catch (error) {
    if (!(error instanceof UnreachableError) || !isLoopback(new URL(url).hostname)) throw error;
    return stoppedSource(command);
  }
  const client = createClient({ url, key });
  return {
    what: `the system at ${url}`,
    page: (query) => client.eventsPage({ limit: EXPORTED_EVENTS_MAX, ...query }),
    definitions: async () => inForce(await client.get(DEFINITIONS)),
    close: async () => {},
  };
}

const DEFINITIONS = '/v1/definitions';
const definitionsAnswer = z.object({
  items: z.array(z.object({ type: z.string(), state: z.string(), definition: definitionSchema })),
});

function inForce(answer: unknown): ExportedDefinitions {
  const { items } = readAnswer(definitionsAnswer, answer, DEFINITIONS);
  const inState = (wanted: string) => items.filter(({ state }) => state === wanted);
  return {
    definitions: inState('in-force').map(({ definition }) => definition),
    waiting: inState('waiting').map(({ type }) => type),
  };
}

async function stoppedSource(command: StoppedLogCommand): Promise<LogSource> {
  const { store, file } = await openStoppedLog(command);
  const goneOf = goneFrom(store);
  return {
    what: `no system runs; the log ${file}`,
    page: ({ after = 0n, limit = EXPORTED_EVENTS_MAX, customer, type }) =>
      readExportPage(store, { after, limit, customer, type }, goneOf),
    definitions: async () => {
      const { definitionsLedger } = await import('@touchstone/operations/definitions-ledger');
      const ledger = definitionsLedger(store, () => {
        throw new Error('what is in force is not known of a stopped system');
      });
      return { definitions: await ledger.latest(), waiting: [] };
    },
    close: store.close,
  };
}
