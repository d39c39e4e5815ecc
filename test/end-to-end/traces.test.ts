import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore, type StoredEvent } from '@touchstone/event-store';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startClickHouseServer } from '../clickhouse-server/server.ts';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { startBroker } from '../kafka-broker/broker.ts';
import { missingForKafka } from '../kafka-broker/kafka-jars.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

/** One event's way from its publisher to its row, as a collector of OpenTelemetry sees it. */

interface Trace {
  readonly traceId: string;
  readonly spanId: string;
  readonly header: string;
}

function newTrace(flags = '01'): Trace {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, header: `00-${traceId}-${spanId}-${flags}` };
}

function moment(n: number, extensions: Record<string, string> = {}) {
  return {
    specversion: '1.0',
    id: `e-${n}`,
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    subject: `c-${n}`,
    time: new Date(Date.UTC(2026, 2, 1) + n * 1000).toISOString(),
    ...extensions,
    data: { journeyId: `o-${n}`, journeyType: 'order', touchpoint: 'payment', channel: 'web', outcome: 'succeeded' },
  };
}

interface Traced {
  readonly system: SystemProcess;
  readonly collector: OtlpReceiver;
  /** Publishes, waits for the rows, and answers the summary. */
  publish(events: unknown, header?: string): Promise<{ accepted: number; duplicates: number; conflicts: number }>;
  /** Ends the system in order, so that all spans have come. */
  spans(): Promise<readonly ReceivedSpan[]>;
  /** What the log holds, once the system has ended. */
  log(): Promise<StoredEvent[]>;
}

async function start(environment: Record<string, string> = {}): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-traces-'));
  const collector = await startOtlpReceiver();
  const system = await startSystem(folder, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'shop-touchstone',
    CLOCK: 'log',
    ...environment,
  });
  onTestFinished(async () => {
    await system.kill();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    system,
    collector,
    async publish(events, header) {
      const headers = header === undefined ? {} : { traceparent: header };
      const summary = await request<{ position: string; accepted: number; duplicates: number; conflicts: number }>(
        `${system.url}/v1/events`,
        events,
        headers,
      );
      await request(`${system.url}/v1/customers?limit=1`, undefined, { 'touchstone-after': summary.position });
      return summary;
    },
    async spans() {
      expect(await system.stop()).toBe(0);
      return collector.spans;
    },
    async log() {
      const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
      const events: StoredEvent[] = [];
      for await (const page of store.readAll({ streamPrefix: 'customer-' })) events.push(...page);
      await store.close();
      return events;
    },
  };
}

/** The only span of that name in the trace, or of all. */
function only(spans: readonly ReceivedSpan[], name: string, traceId?: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name && (traceId === undefined || span.traceId === traceId));
  expect(found.length, `${name}: ${JSON.stringify(spans.map((span) => span.name))}`).toBe(1);
  return found[0]!;
}

const idOf = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) => `${traceId}/${spanId}`;

test('a request with a trace leads it to the rows of its event: request, ingest, append, projection, each below the one before', async () => {
  const { publish, spans, log } = await start();
  const trace = newTrace();
  expect(await publish(moment(1), trace.header)).toMatchObject({ accepted: 1 });
  const all = await spans();

  const posted = only(all, 'POST /v1/events', trace.traceId);
  expect(posted).toMatchObject({ parentSpanId: trace.spanId, service: 'shop-touchstone', isError: false });
  expect(posted.attributes).toMatchObject({ 'http.route': '/v1/events', 'http.response.status_code': 200 });
  const ingest = only(all, 'ingest', trace.traceId);
  expect(ingest.parentSpanId).toBe(posted.spanId);
  const append = only(all, 'append', trace.traceId);
  expect(append.parentSpanId).toBe(ingest.spanId);
  const projected = only(all, 'project event', trace.traceId);
  expect(projected.parentSpanId).toBe(append.spanId);
  expect(projected.attributes).toMatchObject({ 'cloudevents.event_id': 'e-1', 'cloudevents.event_source': '/shop' });

  // The page has a trace of its own, tied to the event's both ways, and says what took its time.
  const page = only(all, 'project');
  expect(page).toMatchObject({ parentSpanId: '', links: [idOf(append)] });
  expect(projected.links).toEqual([idOf(page)]);
  expect(page.attributes).toMatchObject({ events: 1 });
  for (const part of ['fold', 'write']) {
    const { parentSpanId, tookMs } = only(all, part, page.traceId);
    expect(parentSpanId).toBe(page.spanId);
    expect(tookMs).toBeLessThanOrEqual(page.tookMs + 1);
  }
  // It is the event itself that leads the trace on.
  const [stored] = await log();
  expect(JSON.parse(stored!.body)).toEqual({ ...moment(1), traceparent: `00-${append.traceId}-${append.spanId}-01` });
});

test('a trace that the publisher gave the event is kept, and followed', async () => {
  const { publish, spans, log } = await start();
  const [ofEvent, ofRequest] = [newTrace(), newTrace()];
  const event = moment(1, { traceparent: ofEvent.header });
  await publish([event, moment(2)], ofRequest.header);
  const all = await spans();
  expect(only(all, 'append', ofRequest.traceId).links).toEqual([idOf(ofEvent)]);
  expect(only(all, 'project event', ofEvent.traceId).parentSpanId).toBe(ofEvent.spanId);
  expect(only(all, 'project event', ofRequest.traceId).attributes).toMatchObject({ 'cloudevents.event_id': 'e-2' });
  expect(JSON.parse((await log())[0]!.body)).toEqual(event);
});

test('an event that is sent again within another trace is the duplicate that it was', async () => {
  const { publish, spans, log } = await start();
  const first = newTrace();
  await publish(moment(1), first.header);
  expect(await publish(moment(1), newTrace().header)).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 0 });
  expect(await publish(moment(1))).toMatchObject({ duplicates: 1, conflicts: 0 });
  const all = await spans();
  expect(only(all, 'project event').traceId).toBe(first.traceId);
  expect((await log()).length).toBe(1);
});

test('of many traced events in one batch a bounded number is followed', async () => {
  const { publish, spans } = await start();
  await publish(Array.from({ length: 100 }, (_, n) => moment(n, { traceparent: newTrace().header })));
  const all = await spans();
  for (const name of ['append', 'project']) expect(only(all, name).links.length).toBe(32);
  expect(all.filter(({ name }) => name === 'project event').length).toBe(32);
});

test('a trace that its sender does not record leaves nothing behind, in the log neither', async () => {
  const { publish, spans, log } = await start();
  const trace = newTrace('00');
  await publish([moment(1), moment(2, { traceparent: newTrace('00').header })], trace.header);
  const all = await spans();
  expect(all.filter(({ traceId }) => traceId === trace.traceId)).toEqual([]);
  expect(only(all, 'project').links).toEqual([]);
  expect(JSON.parse((await log())[0]!.body)).toEqual(moment(1));
});

test('the sampler of the environment decides', async () => {
  const { publish, spans } = await start({ OTEL_TRACES_SAMPLER: 'always_off' });
  await publish(moment(1), newTrace().header);
  expect(await spans()).toEqual([]);
});

test.each([{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, { OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])(
  'with %j nothing is traced, and an event is stored as it came',
  async (environment) => {
    const { publish, spans, log } = await start(environment);
    await publish(moment(1), newTrace().header);
    expect(await spans()).toEqual([]);
    expect(JSON.parse((await log())[0]!.body)).toEqual(moment(1));
  },
);

test('a write that fails is an error on the span of its page and on those of its events; the next try is another page', async () => {
  const clickhouse = await startClickHouseServer();
  onTestFinished(() => clickhouse.stop());
  const { publish, spans } = await start({ CLICKHOUSE_URL: clickhouse.url });
  await clickhouse.fail('out of memory', 'INSERT INTO touchstone_1.moments ');
  const trace = newTrace();
  await publish(moment(1), trace.header);
  const all = await spans();
  const pages = all.filter(({ name }) => name === 'project');
  expect(pages.map(({ isError }) => isError).sort()).toEqual([false, true]);
  const failed = pages.find(({ isError }) => isError)!;
  expect(failed.events).toEqual(['exception']);
  expect(only(all, 'write', failed.traceId)).toMatchObject({ isError: true, events: ['exception'] });
  const ofEvent = all.filter(({ name, traceId }) => name === 'project event' && traceId === trace.traceId);
  expect(ofEvent.map(({ isError }) => isError).sort()).toEqual([false, true]);
});

test('a collector that is not there costs spans, and nothing else', async () => {
  const { publish, collector, system } = await start();
  let output = '';
  system.process.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  await collector.close();
  expect(await publish(moment(1), newTrace().header)).toMatchObject({ accepted: 1 });
  const begun = performance.now();
  expect(await system.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(output).not.toContain('"level":50');
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
])('%s=%s is refused at the start, with what to do', async (variable, value) => {
  await expect(start({ [variable]: value })).rejects.toThrow(new RegExp(`${variable}.*4318`));
});

const missing = await missingForKafka();

describe.skipIf(missing)(`with Kafka${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('the relay is on the way too, and an event that comes in by Kafka leads its trace to the rows', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const { publish, spans, collector } = await start({ KAFKA_URL: `${broker.url}?partitions=2` });
    const trace = newTrace();
    await publish(moment(1), trace.header);
    while (!collector.spans.some(({ name }) => name === 'relay event')) await pause(100);
    const all = await spans();
    const append = only(all, 'append', trace.traceId);
    const relayed = only(all, 'relay event', trace.traceId);
    expect(relayed.parentSpanId).toBe(append.spanId);
    const page = only(all, 'relay');
    expect(page.links).toEqual([idOf(append)]);
    expect(relayed.links).toEqual([idOf(page)]);
    expect(only(all, 'produce', page.traceId).parentSpanId).toBe(page.spanId);
    expect(only(all, 'project event', trace.traceId).parentSpanId).toBe(append.spanId);
  });
});
