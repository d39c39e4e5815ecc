import { createClient, type EventsPage, type EventsQuery, UnreachableError } from '@touchstone/client';
import { EXPORTED_EVENTS_MAX, readExportPage } from '@touchstone/event-store';
import { type Definition, definitionSchema } from '@touchstone/journey';
import { isLoopback } from '@touchstone/runtime';
import { z } from 'zod';
import { readAnswer } from '../commands/answers.ts';
import { openStoppedLog, type StoppedLogCommand } from '../commands/backup-command.ts';

export type LogQuery = Pick<EventsQuery, 'after' | 'limit' | 'customer' | 'type'>;

/** Where an export comes from. */
export interface LogSource {
  /** In words. */
  readonly what: string;
  page(query: LogQuery): Promise<EventsPage>;
  definitions(): Promise<ExportedDefinitions>;
  close(): Promise<void>;
}

export interface ExportedDefinitions {
  /** One of each type: what is in force in a running system, the newest of a stopped one. */
  readonly definitions: readonly Definition[];
  /** Types of which a newer version waits for a rebuild, and is not among them. */
  readonly waiting: readonly string[];
}

/** The system at `url`; where none answers on this machine, the log of a stopped one, under its lock. */
export async function openLogSource(command: StoppedLogCommand & { readonly key?: string }): Promise<LogSource> {
  const { url, key } = command;
  try {
    // One that is not there is told at once.
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
  return {
    what: `no system runs; the log ${file}`,
    page: ({ after = 0n, limit = EXPORTED_EVENTS_MAX, customer, type }) =>
      readExportPage(store, { after, limit, customer, type }),
    definitions: async () => {
      const { definitionsLedger } = await import('@touchstone/query/definitions-ledger');
      const ledger = definitionsLedger(store, () => {
        throw new Error('what is in force is not known of a stopped system');
      });
      return { definitions: await ledger.latest(), waiting: [] };
    },
    close: store.close,
  };
}
