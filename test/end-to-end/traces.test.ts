import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaBus } from '@touchstone/event-bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startClickHouseServer } from '../clickhouse-server/server.ts';
import { request } from '../crash/system-process.ts';
import { startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { structured } from '../kafka-broker/sample.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import type { ReceivedSpan } from './otlp-receiver.ts';
import { idOf, moment, newTrace, only, startTraced, type Traced } from './traced-system.ts';

/** Follows an event from its publisher to its row, as an OpenTelemetry collector sees it. */

describe('what was published within traces, and without', () => {
  const [first, ofEvent, ofRequest, unrecorded] = [newTrace(), newTrace(), newTrace(), newTrace('00')];
  const many = newTrace();
  const own = moment(2, { traceparent: ofEvent.header });
  const later: unknown[] = [];
  let all: readonly ReceivedSpan[];
  let stored: ReadonlyMap<string, Record<string, unknown>>;
  let output: string;
  let traced: Traced;

  beforeAll(async () => {
    traced = await startTraced({ LOG_LEVEL: 'debug' });
    await traced.publish(moment(1), first.header);
    later.push(await traced.publish(moment(1), newTrace().header), await traced.publish(moment(1)));
    await traced.publish([own, moment(3)], ofRequest.header);
    await traced.publish(moment(4), unrecorded.header);
    await traced.publish(
      Array.from({ length: 100 }, (_, n) => moment(1000 + n, { traceparent: newTrace().header })),
      many.header,
    );
    all = await traced.spans();
    output = traced.output();
    const log = (await traced.log()).map(({ body }) => JSON.parse(body));
    stored = new Map(log.map((event) => [event.id, event]));
    expect(log.length).toBe(stored.size);
  });
  afterAll(() => traced?.remove());

  test('a request with a trace leads it to the rows of its event: request, ingest, append, projection, each below the one before', () => {
    const posted = only(all, 'POST /v1/events', first.traceId);
    expect(posted).toMatchObject({ parentSpanId: first.spanId, service: 'shop-touchstone', isError: false });
    expect(posted.attributes).toMatchObject({ 'http.route': '/v1/events', 'http.response.status_code': 200 });
    const ingest = only(all, 'ingest', first.traceId);
    expect(ingest.parentSpanId).toBe(posted.spanId);
    const append = only(all, 'append', first.traceId);
    expect(append.parentSpanId).toBe(ingest.spanId);
    const projected = only(all, 'project event', first.traceId);
    expect(projected.parentSpanId).toBe(append.spanId);
    expect(projected.attributes).toMatchObject({ 'cloudevents.event_id': 'e-1', 'cloudevents.event_source': '/shop' });

    // The page has a trace of its own, linked with the event's in both directions, and shows where
    // the time went.
    const page = all.find(({ name, links }) => name === 'project' && links.includes(idOf(append)))!;
    expect(projected.links).toEqual([idOf(page)]);
    expect(page).toMatchObject({ parentSpanId: '', attributes: { events: 1 } });
    for (const part of ['fold', 'write']) {
      const { parentSpanId, tookMs } = only(all, part, page.traceId);
      expect(parentSpanId).toBe(page.spanId);
      expect(tookMs).toBeLessThanOrEqual(page.tookMs + 1);
    }
    // The event itself carries the trace on.
    const traceparent = `00-${append.traceId}-${append.spanId}-01`;
    expect(stored.get('e-1')).toEqual({ ...moment(1), traceparent });
  });

  test('an event that is sent again within another trace is the duplicate that it was', () => {
    const duplicate = { accepted: 0, duplicates: 1, conflicts: 0 };
    expect(later).toMatchObject([duplicate, duplicate]);
    const projections = all.filter(
      ({ name, attributes }) => name === 'project event' && attributes['cloudevents.event_id'] === 'e-1',
    );
    expect(projections.map(({ traceId }) => traceId)).toEqual([first.traceId]);
  });

  test('a trace that the publisher gave the event is kept, and followed', () => {
    expect(only(all, 'append', ofRequest.traceId).links).toEqual([idOf(ofEvent)]);
    expect(only(all, 'project event', ofEvent.traceId).parentSpanId).toBe(ofEvent.spanId);
    expect(only(all, 'project event', ofRequest.traceId).attributes).toMatchObject({ 'cloudevents.event_id': 'e-3' });
    expect(stored.get('e-2')).toEqual(own);
  });

  test('a trace that its sender does not record leaves nothing behind, in the log neither', () => {
    expect(all.filter(({ traceId }) => traceId === unrecorded.traceId)).toEqual([]);
    expect(stored.get('e-4')).toEqual(moment(4));
  });

  test('of many traced events in one batch a bounded number is followed', () => {
    const append = only(all, 'append', many.traceId);
    expect(append.links.length).toBe(32);
    const followed = new Set(append.links.map((link) => link.slice(0, 32)));
    const projections = all.filter(({ name, traceId }) => name === 'project event' && followed.has(traceId));
    expect(projections.length).toBe(32);
    for (const { name, links } of all) expect(links.length, name).toBeLessThanOrEqual(32);
  });

  test('what is logged within a trace names it', () => {
    const lines = output.split('\n').filter((line) => line.includes('"answered"') && line.includes('POST'));
    const { traceId, spanId } = only(all, 'POST /v1/events', first.traceId);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ trace_id: traceId, span_id: spanId, status: 200 }),
    );
  });
});

test('where the sampler records nothing no span is sent, and an event is stored as it came', async () => {
  const { publish, spans, log, remove } = await startTraced({ OTEL_TRACES_SAMPLER: 'always_off' });
  onTestFinished(remove);
  await publish(moment(1), newTrace().header);
  expect(await spans()).toEqual([]);
  expect(JSON.parse((await log())[0]!.body)).toEqual(moment(1));
});

test('ids of customers, journeys and events are hashed in spans, unless TRACE_IDS=on', async () => {
  const told = async (environment: Record<string, string>) => {
    const { publish, spans, system, remove } = await startTraced(environment);
    onTestFinished(remove);
    await publish(moment(1), newTrace().header);
    await fetch(`${system.url}/v1/customers/c-1?asOf=2026-03-02T00:00:00Z`);
    await fetch(`${system.url}/v1/journeys/o-1?customerId=c-1`);
    expect((await fetch(`${system.url}/v1/customers/c-missing`)).status).toBe(404);
    const all = await spans();
    return { all, text: all.map(({ text }) => text).join() };
  };
  const hashed = await told({ TRACE_IDS: '' });
  expect(hashed.text).not.toMatch(/"e-1"|c-1\b|o-1\b|c-missing/);
  const hash = createHash('sha256').update('c-1').digest('hex').slice(0, 16);
  expect(hashed.all.map(({ attributes }) => attributes['url.path'])).toContain(`/v1/customers/${hash}`);
  const plain = await told({});
  expect(plain.all.map(({ attributes }) => attributes['url.path'])).toContain('/v1/customers/c-1');
  expect(plain.text).toContain('c-missing');
});

test('a write that fails is an error on the spans of its page and events; and a collector that is gone costs spans alone', async () => {
  const clickhouse = await startClickHouseServer();
  onTestFinished(() => clickhouse.stop());
  const { publish, collector, system, output, remove } = await startTraced({ CLICKHOUSE_URL: clickhouse.url });
  onTestFinished(remove);
  await clickhouse.fail('out of memory', 'INSERT INTO touchstone_1.moments ');
  const trace = newTrace();
  await publish(moment(1), trace.header);
  const ofEvent = () =>
    collector.spans.filter((span) => span.name === 'project event' && span.traceId === trace.traceId);
  while (ofEvent().length < 2) await pause(50);
  expect(ofEvent().map(({ isError }) => isError)).toEqual([true, false]);
  const pages = collector.spans.filter(({ name }) => name === 'project');
  expect(pages.map(({ isError }) => isError)).toEqual([true, false]);
  const failed = pages[0]!;
  expect(failed.events).toEqual(['exception']);
  expect(only(collector.spans, 'write', failed.traceId)).toMatchObject({ isError: true, events: ['exception'] });

  await collector.close();
  const before = output().length;
  expect(await publish(moment(2), newTrace().header)).toMatchObject({ accepted: 1 });
  expect(await system.stop()).toBe(0);
  expect(output().slice(before)).not.toContain('"level":50');
});

const describeWithKafka = await describeWith('kafka');

describeWithKafka('with Kafka', () => {
  // A topic holds one log.
  let broker: Broker;
  beforeEach(async () => {
    broker = await startBroker();
  });
  afterEach(() => broker?.stop());

  test('the relay is on the way too, and an event that comes in by Kafka leads its trace to the rows', async () => {
    const { publish, spans, collector, remove } = await startTraced({ KAFKA_URL: `${broker.url}?partitions=2` });
    onTestFinished(remove);
    const [trace, ofMessage, ofHeader] = [newTrace(), newTrace(), newTrace()];
    await publish(moment(1), trace.header);
    const bus = kafkaBus(broker.url, { logger: silent });
    onTestFinished(() => bus.close());
    const { headers, ...third } = structured(moment(3));
    await bus.produce('touchstone.events', [
      structured(moment(2, { traceparent: ofMessage.header })),
      { ...third, headers: { ...headers, traceparent: ofHeader.header } },
    ]);
    const followed = (name: string) => collector.spans.filter((span) => span.name === name).length;
    while (followed('relay event') < 3 || followed('project event') < 3) await pause(50);
    const all = await spans();

    const append = only(all, 'append', trace.traceId);
    const relayed = only(all, 'relay event', trace.traceId);
    expect(relayed.parentSpanId).toBe(append.spanId);
    const page = all.find(({ name, links }) => name === 'relay' && links.includes(idOf(append)))!;
    expect(relayed.links).toEqual([idOf(page)]);
    expect(only(all, 'produce', page.traceId).parentSpanId).toBe(page.spanId);
    expect(only(all, 'project event', trace.traceId).parentSpanId).toBe(append.spanId);

    for (const name of ['relay event', 'project event'])
      for (const given of [ofMessage, ofHeader])
        expect(only(all, name, given.traceId).parentSpanId, name).toBe(given.spanId);
    const taken = all.find(({ name, links }) => name === 'append' && links.includes(idOf(ofMessage)))!;
    expect(only(all, 'ingest', taken.traceId).spanId).toBe(taken.parentSpanId);
  });

  test('a trace leads through processes that run apart: one that takes events in and relays them, and one that makes rows', async () => {
    const [eventStore, clickhouse] = await Promise.all([startEventStoreDbServer(), startClickHouseServer()]);
    onTestFinished(async () => {
      await eventStore.stop();
      await clickhouse.stop();
    });
    const servers = { EVENT_STORE_URL: eventStore.url, CLICKHOUSE_URL: clickhouse.url, KAFKA_URL: broker.url };
    const [taking, making] = await Promise.all([
      startTraced({ ...servers, ROLES: 'ingest,relay', OTEL_SERVICE_NAME: 'taking' }),
      startTraced({ ...servers, ROLES: 'projector', OTEL_SERVICE_NAME: 'making' }),
    ]);
    onTestFinished(taking.remove);
    onTestFinished(making.remove);
    const trace = newTrace();
    await request(`${taking.system.url}/v1/events`, moment(1), { traceparent: trace.header });
    const ofEvent = () =>
      making.collector.spans.find(({ name, traceId }) => name === 'project event' && traceId === trace.traceId);
    while (ofEvent() === undefined) await pause(50);
    const all = [...(await taking.spans()), ...(await making.spans())];

    const append = only(all, 'append', trace.traceId);
    expect(append.service).toBe('taking');
    expect(only(all, 'relay event', trace.traceId)).toMatchObject({ service: 'taking', parentSpanId: append.spanId });
    const projected = only(all, 'project event', trace.traceId);
    expect(projected).toMatchObject({ service: 'making', parentSpanId: append.spanId });
    const page = all.find((span) => projected.links.includes(idOf(span)))!;
    expect(page).toMatchObject({ name: 'project', service: 'making', links: [idOf(append)] });
    for (const part of ['fold', 'write']) expect(only(all, part, page.traceId).parentSpanId).toBe(page.spanId);
  });
});
