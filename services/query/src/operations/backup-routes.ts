import { Readable } from 'node:stream';
import { endpoints } from '@touchstone/api';
import { BACKUP_ELSEWHERE, isRefused } from '@touchstone/event-store';
import { endpointSchema, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';

const { downloadBackup } = endpoints;

/** Serves the whole log as a file, for `touchstone backup`. */
export const backupRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, { store }) => {
  app.get(
    downloadBackup.path,
    { config: { scope: downloadBackup.scope }, schema: endpointSchema(downloadBackup) },
    async (_request, reply) => {
      if (store.backup === undefined) throw new Problem('backup_elsewhere', BACKUP_ELSEWHERE);
      const { bytes, position, pieces } = await store.backup().catch((error: unknown) => {
        throw asUnderWay(error);
      });
      const file = Readable.from(pieces, { objectMode: false, highWaterMark: 1 << 20 });
      return reply
        .type(downloadBackup.answerType)
        .headers({
          'content-length': String(bytes),
          'content-disposition': 'attachment; filename="touchstone.db"',
          'touchstone-position': String(position),
        })
        .send(file);
    },
  );
};

function asUnderWay(error: unknown): unknown {
  if (!isRefused(error)) return error;
  return new Problem('backup_under_way', error.message, { headers: { 'retry-after': '60' }, cause: error });
}
