import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { EventStoreError } from '@touchstone/event-store';
import { describe, expect, it } from 'vitest';
import { BAD, EVENT, lines, NDJSON, startIngest } from '../../testing/start-ingest.ts';

describe('content types', () => {
  it('application/json takes one event, stores it in the form of the log, and says where the log stands', async () => {
    const { post, store, positions } = await startIngest();
    const { status, body } = await post({ ...EVENT, traceparent: '00-1', dataschema: 'https://example.com/s' });
    expect(status).toBe(200);
    expect(body).toEqual({ accepted: 1, duplicates: 0, conflicts: 0, rejected: 0, position: '1', problems: [] });
    expect(positions).toEqual([1n]);
    const stored = {
      ...EVENT,
      time: '2026-03-01T09:30:00.000Z',
      traceparent: '00-1',
      dataschema: 'https://example.com/s',
    };
    expect(JSON.parse(store.events[0]!.body)).toEqual(stored);
    const { body: _, ...columns } = store.events[0]!;
    expect(columns).toEqual({
      stream: 'customer-c-1',
      source: '/shop',
      id: 'a1',
      type: EVENT.type,
      time: Date.parse('2026-03-01T09:30:00Z'),
    });
  });

  it('application/json takes an array; one bad event costs none of its neighbours', async () => {
    const { post, store } = await startIngest();
    const { status, body } = await post([
      EVENT,
      BAD,
      EVENT,
      { ...EVENT, data: { ...EVENT.data, outcome: 'failed' } },
      7,
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1, duplicates: 1, conflicts: 1, rejected: 2 });
    expect(body.problems).toMatchObject([
      { index: 1, id: 'bad', verdict: 'rejected', code: 'invalid_event', errors: [{ path: 'data.outcome' }] },
      { index: 3, id: 'a1', verdict: 'conflict', code: 'conflict' },
      { index: 4, verdict: 'rejected', code: 'invalid_event', errors: [{ path: '' }] },
    ]);
    expect(store.rejections.map(({ code, payload }) => [code, JSON.parse(payload)])).toEqual([
      ['invalid_event', BAD],
      ['invalid_event', 7],
      ['conflict', { ...EVENT, data: { ...EVENT.data, outcome: 'failed' } }],
    ]);
  });

  it.each([
    ['one event', (event: string) => event, {}],
    ['an array', (event: string) => `[${event}, ${event}]`, {}],
    ['lines', (event: string) => `${event}\r\n${event}`, NDJSON],
  ])('%s in the form of the log already is stored to the letter, every digit of it', async (_, wrap, headers) => {
    const { post, store } = await startIngest();
    const event = JSON.stringify({ ...EVENT, time: '2026-03-01T09:30:00.000Z', data: { ...EVENT.data, n: 7 } }).replace(
      '7',
      '4567.1000000000000000000001',
    );
    const { body } = await post(wrap(event), headers);
    expect(body.accepted).toBe(1);
    expect(store.events[0]!.body).toBe(event);
  });

  it('application/cloudevents+json takes one event and no array', async () => {
    const { post } = await startIngest();
    const type = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    expect((await post(EVENT, type)).body.accepted).toBe(1);
    const { status, body } = await post([EVENT], type);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'nothing_accepted', rejected: 1 });
  });

  it('application/cloudevents-batch+json takes arrays of 1 to 5,000 events', async () => {
    const { post, store } = await startIngest();
    const type = { 'content-type': 'application/cloudevents-batch+json' };
    const batch = (count: number) => Array.from({ length: count }, (_, i) => ({ ...EVENT, id: `n${i}` }));
    expect((await post(batch(5000), type)).body.accepted).toBe(5000);
    expect(await post(batch(5001), type)).toMatchObject({ status: 413, body: { code: 'too_many_events' } });
    expect(await post([], type)).toMatchObject({ status: 422, body: { code: 'no_events' } });
    expect(await post(EVENT, type)).toMatchObject({ status: 400, body: { code: 'invalid_json' } });
    expect(store.events).toHaveLength(5000);
  });

  it('application/x-ndjson takes any number of lines, with one summary; indexes count the lines that are not blank', async () => {
    const { post, store } = await startIngest();
    const many = Array.from({ length: 6000 }, (_, i) => ({ ...EVENT, id: `n${i}` }));
    const text = `${lines(...many)}\r\n\n  \n{"broken\n${lines(BAD)}`;
    const { status, body } = await post(text, NDJSON);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 6000, rejected: 2, position: '6000' });
    expect(body.problems).toMatchObject([
      { index: 6000, code: 'invalid_json' },
      { index: 6001, id: 'bad', code: 'invalid_event' },
    ]);
    expect(store.rejections[0]).toMatchObject({ payload: '{"broken', origin: 'http' });
  });

  it('a line that is not UTF-8 is rejected alone, and kept with its bytes', async () => {
    const { post, store } = await startIngest();
    const broken = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]);
    const { body } = await post(Buffer.concat([Buffer.from(`${lines(EVENT)}\n`), broken]), NDJSON);
    expect(body).toMatchObject({ accepted: 1, rejected: 1, problems: [{ index: 1, code: 'invalid_encoding' }] });
    expect(store.rejections[0]!.payloadBase64).toBe(broken.toString('base64'));
  });

  it('a line over 1 MiB is rejected alone, and its beginning kept', async () => {
    const { post, store } = await startIngest();
    const long = { ...EVENT, id: 'long', data: { ...EVENT.data, note: 'x'.repeat(3_000_000) } };
    const { body } = await post(lines(long, EVENT), NDJSON);
    expect(body).toMatchObject({ accepted: 1, rejected: 1, problems: [{ index: 0, code: 'event_too_large' }] });
    expect(store.rejections[0]!.payload).toBe(JSON.stringify(long).slice(0, 65_536));
  });

  it('an event over 1 MiB inside an array is rejected alone', async () => {
    const { post } = await startIngest();
    const { body } = await post([
      { ...EVENT, data: { ...EVENT.data, note: 'é'.repeat(600_000) } },
      { ...EVENT, id: 'a2' },
    ]);
    expect(body).toMatchObject({ accepted: 1, rejected: 1, problems: [{ index: 0, code: 'event_too_large' }] });
  });

  it('binary mode takes the attributes from percent-decoded ce-* headers and the body as data', async () => {
    const { post, store } = await startIngest();
    const { status } = await post(EVENT.data, {
      'ce-specversion': '1.0',
      'ce-id': 'b%E2%82%AC1',
      'ce-source': '"/shop \\"north\\""',
      'ce-type': EVENT.type,
      'ce-subject': 'Z%C3%BCrich%20100%25',
      'ce-time': EVENT.time,
      'ce-traceparent': '00-1',
    });
    expect(status).toBe(200);
    expect(JSON.parse(store.events[0]!.body)).toEqual({
      specversion: '1.0',
      id: 'b€1',
      source: '/shop "north"',
      type: EVENT.type,
      time: '2026-03-01T09:30:00.000Z',
      subject: 'Zürich 100%',
      traceparent: '00-1',
      data: EVENT.data,
    });
  });

  it('binary mode rejects headers that cannot be decoded, and keeps the event as it would be in one piece', async () => {
    const { post, store } = await startIngest();
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '%E2%82',
      'ce-source': '/s',
      'ce-type': EVENT.type,
      'ce-time': EVENT.time,
    };
    const { status, body } = await post(EVENT.data, headers);
    expect(status).toBe(422);
    expect(body.problems).toMatchObject([{ code: 'invalid_encoding', errors: [{ path: 'ce-id' }] }]);
    expect(JSON.parse(store.rejections[0]!.payload)).toMatchObject({ source: '/s', data: EVENT.data });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('bodies compressed with %s are taken, whole and streamed', async (encoding, compress) => {
    const { post } = await startIngest();
    const headers = { 'content-encoding': encoding };
    expect((await post(compress(JSON.stringify(EVENT)), headers)).body.accepted).toBe(1);
    expect((await post(compress(lines(EVENT)), { ...headers, ...NDJSON })).body.duplicates).toBe(1);
  });
});

describe('status codes', () => {
  it.each([
    ['broken JSON', '{"a":', {}, 400, 'invalid_json'],
    ['an empty body', '', {}, 400, 'invalid_json'],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'invalid_json'],
    ['a body that is not gzip', 'hello', { 'content-encoding': 'gzip' }, 400, 'invalid_encoding'],
    ['a lone value', 'null', {}, 422, 'nothing_accepted'],
    ['an empty array', '[]', {}, 422, 'no_events'],
    ['only blank lines', '\n\n \n', NDJSON, 422, 'no_events'],
    ['a text type', JSON.stringify(EVENT), { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['no type', JSON.stringify(EVENT), { 'content-type': '' }, 415, 'unsupported_media_type'],
    [
      'latin-1',
      JSON.stringify(EVENT),
      { 'content-type': 'application/json; charset=latin1' },
      415,
      'unsupported_media_type',
    ],
    ['an unknown compression', JSON.stringify(EVENT), { 'content-encoding': 'zstd' }, 415, 'unsupported_media_type'],
    ['17 MiB', `[${' '.repeat(17 * 1024 * 1024)}]`, {}, 413, 'body_too_large'],
    ['a bomb', gzipSync(`[${' '.repeat(17 * 1024 * 1024)}]`), { 'content-encoding': 'gzip' }, 413, 'body_too_large'],
    [
      'binary mode that is not JSON',
      '<a/>',
      { 'ce-id': '1', 'content-type': 'text/xml' },
      415,
      'unsupported_media_type',
    ],
  ])('%s is answered with a problem document', async (_, payload, headers, status, code) => {
    const { post, store } = await startIngest();
    const answer = await post(payload, headers as Record<string, string>);
    expect(answer).toMatchObject({ status, body: { status, code, type: `urn:problem-type:touchstone:${code}` } });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect(store.events).toHaveLength(0);
  });

  it('an answer is small however large the faults are, and so is what is kept of them', async () => {
    const { post, store } = await startIngest();
    const long = (id: number) => ({
      ...EVENT,
      id: `${id}`,
      data: { ...EVENT.data, attributes: { [`${'k'.repeat(9000)}${id}`]: [] } },
    });
    const answer = await post(Array.from({ length: 1000 }, (_, id) => long(id)));
    expect(answer.status).toBe(422);
    expect(answer.body.rejected).toBe(1000);
    expect(JSON.stringify(answer.body).length).toBeLessThan(1_000_000);
    expect(Math.max(...store.rejections.map(({ errors }) => errors.length))).toBeLessThan(10_000);
  });

  it('a batch of large events is stored half a megabyte at a time, and answered as one', async () => {
    const { post, store } = await startIngest();
    const lengths: number[] = [];
    const { append } = store;
    store.append = (events, options) => {
      lengths.push(events.reduce((sum, { body }) => sum + body.length, 0));
      return append(events, options);
    };
    const large = (id: number) => ({ ...EVENT, id: `${id}`, data: { ...EVENT.data, note: 'x'.repeat(100_000) } });
    const { body } = await post([large(0), { ...large(1), id: '' }, ...Array.from({ length: 12 }, (_, i) => large(i))]);
    expect(body).toMatchObject({ accepted: 12, duplicates: 1, rejected: 1, problems: [{ index: 1 }] });
    expect(lengths).toHaveLength(3);
    expect(Math.max(...lengths)).toBeLessThan(512 * 1024);
  });

  it('422 carries the counts and the problems', async () => {
    const { post } = await startIngest();
    const { status, body } = await post([BAD, { ...BAD, type: 'touchstone.change.trust.v1' }]);
    expect(status).toBe(422);
    expect(body).toMatchObject({ accepted: 0, duplicates: 0, conflicts: 0, rejected: 2, position: '0' });
    expect(body.problems).toMatchObject([
      { code: 'invalid_event' },
      { code: 'unknown_type', errors: [{ path: 'type' }] },
    ]);
  });

  it('only duplicates are a success', async () => {
    const { post } = await startIngest();
    await post(EVENT);
    expect(await post([EVENT, BAD])).toMatchObject({
      status: 200,
      body: { accepted: 0, duplicates: 1, rejected: 1, position: '1' },
    });
  });

  it.each(['unavailable', 'full', 'closed', 'sealed'] as const)(
    '503 and Retry-After when the store is %s',
    async (code) => {
      const { post, get, store } = await startIngest();
      store.failWith = new EventStoreError(code, 'no');
      for (const answer of [
        await post(EVENT),
        await post(BAD),
        await post(lines(EVENT), NDJSON),
        await get('/v1/rejected'),
      ]) {
        expect(answer).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
    },
  );

  it('a stream that the store breaks off says what was decided before', async () => {
    const { post, store } = await startIngest({ eventsInFlightMax: 10 });
    const { append } = store;
    let calls = 0;
    store.append = async (events) => {
      if (++calls > 2) throw new EventStoreError('unavailable', 'gone');
      return append(events);
    };
    const many = Array.from({ length: 5000 }, (_, i) => ({ ...EVENT, id: `n${i}` }));
    const { status, body } = await post(lines(...many), NDJSON);
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'store_unavailable', accepted: 2000, position: '2000' });
    expect(store.events).toHaveLength(2000);
  });

  it('a stream that is rejected nearly whole is given up, and says how far it was read', async () => {
    const { post, store } = await startIngest();
    const many = [EVENT, ...Array.from({ length: 30_000 }, () => ({}))];
    const { status, body } = await post(lines(...many), NDJSON);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'too_many_rejected', accepted: 1, rejected: 10_999, problemsOmitted: 5999 });
    expect(store.rejections).toHaveLength(10_999);
  });

  it('503 and Retry-After when too much is in flight; nothing of the request is accepted', async () => {
    const { post, store } = await startIngest({ eventsInFlightMax: 1 });
    let release = () => {};
    const { append } = store;
    store.append = async (events) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return append(events);
    };
    const first = post(EVENT);
    await expect
      .poll(() => release.length === 0 && post({ ...EVENT, id: 'a2' }).then(({ status }) => status))
      .toBe(503);
    release();
    expect((await first).status).toBe(200);
    expect(store.events.map(({ id }) => id)).toEqual(['a1']);
  });

  it('500 without internals when something unforeseen fails', async () => {
    const { post, store } = await startIngest();
    store.append = async () => {
      throw new TypeError('secret is undefined');
    };
    const { status, body } = await post(EVENT);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

it('/metrics counts events by verdict', async () => {
  const { app, post } = await startIngest();
  await post([EVENT, EVENT, BAD]);
  const { body } = await app.inject('/metrics');
  expect(body).toContain('touchstone_events_total{verdict="accepted"} 1');
  expect(body).toContain('touchstone_events_total{verdict="duplicate"} 1');
  expect(body).toContain('touchstone_events_total{verdict="rejected"} 1');
});
