import { describe, expect, it } from 'vitest';
import { EVENT, type Header, startListening } from '../../testing/start-ingest.ts';

const HEADERS: readonly Header[] = [
  ['content-type', 'application/json'],
  ['ce-specversion', '1.0'],
  ['ce-id', 'b1'],
  ['ce-source', '/shop'],
  ['ce-type', EVENT.type],
  ['ce-time', EVENT.time],
];

/** Returns a sender of events in binary mode, with some of the headers replaced. */
async function listening() {
  const { sendBytes, store } = await startListening();
  const send = (headers: readonly Header[], body = JSON.stringify(EVENT.data)) =>
    sendBytes([...HEADERS.filter(([name]) => !headers.some(([given]) => given === name)), ...headers], body);
  return { send, store };
}

describe('headers of binary mode', () => {
  it.each<[string, string | Buffer, string]>([
    ['raw UTF-8', 'Noé', 'Noé'],
    ['raw UTF-8 whose bytes would be control characters', 'Ç€😀', 'Ç€😀'],
    ['percent-encoded UTF-8', 'No%C3%A9%20100%25', 'Noé 100%'],
    ['both', 'Noé %E2%82%AC', 'Noé €'],
    ['Latin-1, as fetch sends it', Buffer.from('Noé', 'latin1'), 'Noé'],
    ['quoted text', '"No\\"é"', 'No"é'],
  ])('of %s name the customer that was meant', async (_, value, customer) => {
    const { send, store } = await listening();
    expect(await send([['ce-subject', value]])).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(store.events[0]!.stream).toBe(`customer-${customer}`);
  });

  it.each([
    'ce-id',
    'ce-source',
    'ce-subject',
    'ce-time',
    'ce-type',
    'ce-specversion',
    'ce-traceparent',
    'content-type',
  ])('%s given twice is taken if both say the same, and refused by name if not', async (name) => {
    const { send, store } = await listening();
    const value = new Map<string, string | Buffer>(HEADERS).get(name) ?? 'ann';
    const subject: [string, string][] = name === 'ce-subject' ? [] : [['ce-subject', 'ann']];
    const { status, body } = await send([...subject, [name, value], [name, `${value}, ${value}`]]);
    expect(status).toBe(422);
    expect(body.problems).toMatchObject([
      { code: 'invalid_encoding', errors: [{ path: name, message: expect.stringContaining('send it once') }] },
    ]);
    // The kept rejection holds both values, so a retry cannot accept it either.
    const kept = JSON.parse(store.rejections[0]!.payload);
    expect(kept[name === 'content-type' ? 'datacontenttype' : name.slice(3)]).toEqual([value, `${value}, ${value}`]);
    expect(await send([...subject, [name, value], [name, value]])).toMatchObject({ status: 200 });
  });

  it('that are neither UTF-8 nor Latin-1 text, or ill encoded, are refused with what to do', async () => {
    const { send } = await listening();
    for (const value of [Buffer.from([0x4e, 0x80, 0xff]), '%E2%82', '100%']) {
      expect((await send([['ce-subject', value]])).body.problems).toMatchObject([
        { errors: [{ path: 'ce-subject', message: expect.stringContaining('percent-encode') }] },
      ]);
    }
  });

  it('have the names of attributes, as in structured mode', async () => {
    const { send } = await listening();
    const subject: [string, string] = ['ce-subject', 'ann'];
    for (const [header, path] of [
      ['ce-shop_id', 'shop_id'],
      ['ce-__proto__', '__proto__'],
      ['ce-data', 'ce-data'],
      ['ce-data_base64', 'ce-data_base64'],
    ] as const) {
      expect((await send([subject, [header, 'x']])).body.problems, header).toMatchObject([{ errors: [{ path }] }]);
    }
    expect(await send([subject, ['ce-datacontenttype', 'application/json']])).toMatchObject({ status: 200 });
  });
});

describe('the body of binary mode', () => {
  const subject: [string, string] = ['ce-subject', 'ann'];

  it.each(['text/json', 'application/vnd.shop+json; charset=utf-8', 'Application/JSON', 'image/svg+json'])(
    'is data of type %s, as any JSON',
    async (type) => {
      const { send } = await listening();
      expect(await send([subject, ['content-type', type]])).toMatchObject({ status: 200 });
    },
  );

  it('may be empty, for an event without data', async () => {
    const { send, store } = await listening();
    const type: [string, string] = ['ce-type', 'touchstone.referral.made.v1'];
    expect(await send([subject, type], '')).toMatchObject({ status: 200 });
    expect(JSON.parse(store.events[0]!.body).data).toEqual({});
    const answer = await send([subject], '');
    expect(answer).toMatchObject({ status: 422 });
    expect(JSON.stringify(answer.body)).toContain('data.touchpoint');
  });

  it('is judged by its digits, and kept with them', async () => {
    const { send, store } = await listening();
    const body = `{"touchpoint":"a","channel":"w","outcome":"succeeded","attributes":{"order":12345678901234567891}}`;
    expect((await send([subject], body)).body.problems).toMatchObject([
      { errors: [{ path: 'data.attributes.order' }] },
    ]);
    expect(store.rejections[0]!.payload).toContain('12345678901234567891');
  });
});
