import { type IngestDeps, ingestRoutes } from '@touchstone/ingest';
import { describeApi, type QueryDeps, queryRoutes } from '@touchstone/query';
import { createHttpServer, createLogger } from '@touchstone/runtime';

type Part = Readonly<Record<string, unknown>>;
export type Described = Part & { readonly components: { readonly schemas: Readonly<Record<string, Part>> } };
export interface Roles {
  readonly ingest?: boolean;
  readonly query?: boolean;
}

/**
 * The description that a process with these roles serves at /openapi.json. No other route is
 * called, so the routes get no real dependencies.
 */
export async function servedBy({ ingest, query }: Roles): Promise<Described> {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), describe: describeApi });
  try {
    if (query) await app.register(queryRoutes, {} as QueryDeps);
    if (ingest) await app.register(ingestRoutes, { keys: undefined } as IngestDeps);
    return (await app.inject('/openapi.json')).json();
  } finally {
    await app.close();
  }
}
