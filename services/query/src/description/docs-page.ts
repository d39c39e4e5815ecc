import swaggerUi from '@fastify/swagger-ui';
import { keepConstantAnswers, PAGE_POLICY } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';

/**
 * Sets the class of Swagger UI's dark theme, which the page itself sets only if its top bar is
 * shown.
 */
const FOLLOW_THE_SYSTEM = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
`;

/**
 * On narrow screens, wide parts wrap or scroll by themselves, so that the page does not scroll
 * sideways.
 */
const NARROW = `html { color-scheme: light dark; }
html.dark-mode { background: #1c2022; }
.swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { padding: 0 4px; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .info .title { font-size: 26px; overflow-wrap: anywhere; }
  .swagger-ui .scheme-container .schemes { padding: 0 12px; }
  .swagger-ui .opblock .opblock-summary-control { min-width: 0; }
  .swagger-ui .opblock .opblock-summary-path-description-wrapper { align-items: flex-start; flex: 1 1 0; flex-direction: column; min-width: 0; padding: 0 10px; }
  .swagger-ui .opblock .opblock-summary-path { flex: none; max-width: 100%; overflow-wrap: anywhere; padding: 0; }
  .swagger-ui .opblock .opblock-summary-description { padding: 0; }
  .swagger-ui .opblock-tag { flex-wrap: wrap; }
  .swagger-ui .opblock-tag small { flex: 1 1 100%; order: 1; padding: 0; }
  .swagger-ui .opblock-body, .swagger-ui .table-container, .swagger-ui .model-box, .swagger-ui .responses-inner { overflow-x: auto; }
  .swagger-ui table.parameters td, .swagger-ui table.parameters th { display: block; width: 100%; }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select { max-width: 100%; width: 100%; }
  .swagger-ui section.models { overflow-x: auto; }
}
`;

interface Page {
  readonly fn: { getSampleSchema: (schema: unknown, media: string, config: unknown, example: unknown) => unknown };
}

/**
 * Shows examples of NDJSON unchanged: Swagger UI treats every media type with "json" in its name as
 * JSON, and would quote them. The function runs in the browser, so it must not refer to anything in
 * this file.
 */
const linesAsTheyAre = () => ({
  afterLoad({ fn }: Page) {
    const { getSampleSchema } = fn;
    fn.getSampleSchema = (schema, media, config, example) =>
      media === 'application/x-ndjson' && typeof example === 'string'
        ? example
        : getSampleSchema(schema, media, config, example);
  },
});

const HEAD = '<meta charset="UTF-8">';
const HEAD_FOR_ALL = `${HEAD}
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">`;

/** Serves the page of the API at /docs, also for narrow screens and dark themes. */
export async function serveDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(async (docs) => {
    docs.addHook('onSend', async (_request, reply, payload) => {
      const isPage = typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html');
      return isPage ? payload.replace(HEAD, HEAD_FOR_ALL) : payload;
    });
    keepConstantAnswers(docs);
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      indexPrefix: app.basePath,
      // Swagger UI assigns texts as HTML, which the stricter policy of the other pages forbids.
      staticCSP: PAGE_POLICY,
      theme: {
        title: 'Touchstone: the API',
        js: [{ filename: 'follow-the-system.js', content: FOLLOW_THE_SYSTEM }],
        css: [{ filename: 'narrow.css', content: NARROW }],
      },
      uiConfig: {
        layout: 'BaseLayout',
        docExpansion: 'list',
        deepLinking: true,
        tryItOutEnabled: true,
        persistAuthorization: false,
        plugins: [linesAsTheyAre],
      },
    });
  });
}
