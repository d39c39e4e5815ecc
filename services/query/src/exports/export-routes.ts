import { Readable } from 'node:stream';
import {
  afterHeader,
  type ExportDeclaration,
  type ExportName,
  exportNames,
  exports,
  type JourneyFormat,
  MADE_AT_HEADER,
  POSITION_HEADER,
} from '@touchstone/api';
import { formatInstant } from '@touchstone/journey';
import { type ExportAsked, type ExportPart, exportRows } from '@touchstone/read-models';
import { problemResponses } from '@touchstone/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { waitForLists } from '../waits/after-position.ts';

/** Serves whole tables of the read model as files, which the engine writes and streams. */
export const exportRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  for (const name of exportNames) {
    const { formats }: ExportDeclaration = exports[name];
    app.get(
      `/v1/export/${name}`,
      {
        config: { scope: 'read' },
        // A HEAD would make the whole file to tell nothing of it.
        exposeHeadRoute: false,
        schema: schemaOf(name),
        preHandler: waitForLists(deps),
      },
      async (request, reply) => {
        const { format, ...asked } = request.query as { format: JourneyFormat };
        return sendExport(deps, request, reply, {
          file: `${name}.${format}`,
          type: formats[format]!,
          parts: async (generation) =>
            exportRows(name, generation, asked as ExportAsked<typeof name>, await exportedAt(deps), format),
        });
      },
    );
  }
};

async function exportedAt(deps: QueryDeps) {
  return { now: await deps.now(), purchaseDays: deps.measures().policy.loyalty.purchaseDays };
}

const DESCRIPTION = `The file has no end of pages: it holds all rows that pass, in the order of the table. The header \`${MADE_AT_HEADER}\` says when it was begun, and \`${POSITION_HEADER}\` up to which position of the log it holds everything at least; rows that change meanwhile may be in it. An export that fails after its first bytes breaks the connection off, so that no part of a file passes for a whole one. In CSV a text that begins with \`=\`, \`+\`, \`-\`, \`@\`, a tab or a carriage return has an apostrophe in front, so that no spreadsheet takes it for a formula.`;

const binary = z.string().meta({ format: 'binary' });
const ocel = z
  .looseObject({
    objectTypes: z.array(z.unknown()),
    eventTypes: z.array(z.unknown()),
    objects: z.array(z.unknown()),
    events: z.array(z.unknown()),
  })
  .meta({ id: 'ObjectCentricEventLog', description: 'OCEL 2.0' });

function schemaOf(name: ExportName) {
  const { summary, description, query, formats }: ExportDeclaration = exports[name];
  return {
    operationId: `export${name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: ['Exports'],
    summary,
    description: description === undefined ? DESCRIPTION : `${description} ${DESCRIPTION}`,
    headers: afterHeader,
    querystring: query,
    response: {
      200: {
        description: summary,
        content: Object.fromEntries(
          Object.entries(formats).map(([format, type]) => [
            type.split(';', 1)[0]!,
            { schema: format === 'ocel' ? ocel : binary },
          ]),
        ),
      },
      ...problemResponses(409),
    },
  };
}

interface ExportedFile {
  readonly file: string;
  readonly type: string;
  parts(generation: number): Promise<readonly ExportPart[]>;
}

/** Sends a file as it is made; an error before its first bytes is answered as a problem. */
async function sendExport(
  deps: QueryDeps,
  { asker }: FastifyRequest,
  reply: FastifyReply,
  { file, type, parts }: ExportedFile,
): Promise<FastifyReply> {
  const [, generation] = readModelFor(deps, asker);
  const madeAt = Date.now();
  const position = (await deps.progress.latest?.()) ?? deps.progress.projected();
  const pieces = deps.readModels.clickhouse.export(asker, await parts(generation))[Symbol.asyncIterator]();
  const first = await pieces.next();
  const whole = async function* () {
    for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
  };
  const body = Readable.from(whole(), { objectMode: false });
  // A body that nobody began to read would keep its place among exports.
  body.once('close', () => void pieces.return?.());
  return reply
    .type(type)
    .headers({
      'content-disposition': `attachment; filename="${file}"`,
      [MADE_AT_HEADER]: formatInstant(madeAt),
      [POSITION_HEADER]: String(position),
    })
    .send(body as never);
}
