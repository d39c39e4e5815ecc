import { Readable } from 'node:stream';
import { BACKUP_ELSEWHERE, isRefused } from '@touchstone/event-store';
import { Problem, problemResponses } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { QueryDeps } from '../deps.ts';

const MEDIA_TYPE = 'application/vnd.sqlite3';
const SUMMARY = 'A copy of the log as it is now, while publishing goes on';

/** Serves the whole log as a file, for `touchstone backup`. */
export const backupRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, { store }) => {
  app.get(
    '/v1/backup',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'downloadBackup',
        tags: ['Running'],
        summary: SUMMARY,
        description:
          'The events, rejections and counts of the log; the read model is rebuilt from them. `touchstone restore` takes the file. The header `touchstone-position` is the position of its last event. Where the log is in EventStoreDB, 501: its own backup is to be used.',
        querystring: z.strictObject({}),
        response: {
          200: { description: SUMMARY, content: { [MEDIA_TYPE]: { schema: z.string().meta({ format: 'binary' }) } } },
          ...problemResponses(409, 501),
        },
      },
    },
    async (_request, reply) => {
      if (store.backup === undefined) throw new Problem('backup_elsewhere', BACKUP_ELSEWHERE);
      const { bytes, position, pieces } = await store.backup().catch((error: unknown) => {
        throw asUnderWay(error);
      });
      const file = Readable.from(pieces, { objectMode: false, highWaterMark: 1 << 20 });
      return reply
        .type(MEDIA_TYPE)
        .headers({
          'content-length': String(bytes),
          'content-disposition': 'attachment; filename="touchstone.db"',
          'touchstone-position': String(position),
        })
        .send(file as never);
    },
  );
};

function asUnderWay(error: unknown): unknown {
  if (!isRefused(error)) return error;
  return new Problem('backup_under_way', error.message, { headers: { 'retry-after': '60' }, cause: error });
}
