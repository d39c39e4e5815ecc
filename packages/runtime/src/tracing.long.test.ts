import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHttpServer } from './http-server.ts';
import { createKey, readKeys } from './keys.ts';
import { createLogger } from './logger.ts';
import { openTracing } from './open-tracing.ts';
import { EVENTS_MAX } from './tracing.ts';

const COLLECTOR = 'http://127.0.0.1:9';

test.each([
  {},
  { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_SDK_DISABLED: 'true' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_TRACES_EXPORTER: 'none' },
  { OTEL_SERVICE_NAME: 'touchstone' },
])('with %j nothing is traced', async (environment) => {
  expect(await openTracing(environment)).toBeUndefined();
});

test.each([
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
  { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'nonsense' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
])('%j is refused with the variable, and what to set it to', async (environment) => {
  const [variable] = Object.keys(environment).slice(-1);
  await expect(openTracing(environment)).rejects.toThrow(new RegExp(`^${variable}.*4318`));
});

const tracing = (await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR }))!;

test('what runs within a span knows its trace, through whatever it waits for; what runs beside it does not', async () => {
  const beside = tracing.logFields();
  const seen = await tracing.within('work', {}, async () => {
    await new Promise((next) => setImmediate(next));
    return { fields: tracing.logFields(), traceparent: tracing.traceparent() };
  });
  expect(beside).toEqual({});
  expect(seen.fields).toEqual({
    trace_id: expect.stringMatching(/^\w{32}$/),
    span_id: expect.stringMatching(/^\w{16}$/),
  });
  const { trace_id, span_id } = seen.fields as Record<string, string>;
  expect(seen.traceparent).toBe(`00-${trace_id}-${span_id}-01`);
  expect(tracing.traceparent()).toBeUndefined();
});

test('an error passes through a span as it is', async () => {
  const error = new Error('no');
  await expect(tracing.within('work', {}, () => Promise.reject(error))).rejects.toBe(error);
  const page = tracing.page('page', {}, []);
  await expect(page.part('part', () => Promise.reject(error))).rejects.toBe(error);
  page.end(error);
  page.end();
});

test('a body that was read in between does not lose the trace of its request', async () => {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), tracing });
  app.post('/v1/echo', async () => ({ traceparent: tracing.traceparent() }));
  app.get('/other', async () => ({ fields: tracing.logFields() }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  const answer = await fetch(`${url}/v1/echo`, { method: 'POST', headers, body: '{"a":1}' });
  expect(await answer.json()).toEqual({ traceparent: expect.stringMatching(`^00-${traceId}-(?!b7ad6b7169203331)`) });
  expect(await (await fetch(`${url}/other`, { headers })).json()).toEqual({ fields: {} });
  await app.close();
});

test('whoever has no key is in no trace', async () => {
  const { secret, entry } = createKey({ name: 'ops', scopes: ['admin'] });
  const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys.json');
  writeFileSync(file, JSON.stringify([entry]));
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), tracing, keys: readKeys(file) });
  const traced: boolean[] = [];
  app.addHook('onSend', async () => void traced.push(tracing.traceparent() !== undefined));
  app.get('/v1/customers/:id', async () => 'ok');
  for (const authorization of [undefined, 'Bearer tsk_guessed', `Bearer ${secret}`]) {
    await app.inject({ url: '/v1/customers/anna', headers: authorization === undefined ? {} : { authorization } });
  }
  expect(traced).toEqual([false, false, true]);
  await app.close();
});

test.each(['nonsense', '00-short-b7ad6b7169203331-01', '', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`])(
  'a request or event whose traceparent is %j is taken all the same, within a trace of its own',
  async (traceparent) => {
    const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), tracing });
    app.get('/v1/echo', async () => ({ traceparent: tracing.traceparent() }));
    const answer = await app.inject({ url: '/v1/echo', headers: { traceparent } });
    expect(answer.json()).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) });
    await app.close();
    const bodies = [JSON.stringify({ traceparent }), '{"traceparent"', '{"data":{"traceparent":"x"}}'];
    tracing.page('page', {}, bodies).end();
  },
);

test('events are looked at only until enough of them are found', () => {
  let looked = 0;
  function* bodies() {
    for (;;) {
      looked += 1;
      yield JSON.stringify({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    }
  }
  tracing.page('page', {}, bodies()).end();
  expect(looked).toBe(EVENTS_MAX);
});

test('a collector that is not there holds up the end for a few seconds at most', async () => {
  await tracing.within('work', {}, async () => undefined);
  await tracing.stop();
});
