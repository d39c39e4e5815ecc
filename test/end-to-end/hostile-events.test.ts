import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodEvent, mutatedEvent } from '../../services/ingest/testing/event-arbitraries.ts';
import {
  expectProblem,
  JSON_TYPE,
  type ListeningIngest,
  neighbour,
  SEED,
  startListeningIngest,
  text,
} from './listening-ingest.ts';

let ingest: ListeningIngest;
beforeAll(async () => {
  ingest = await startListeningIngest();
});
afterAll(() => ingest?.stop());

async function keptPayloads(id: string): Promise<string[]> {
  const payloads: string[] = [];
  for (let after = 0n; ; ) {
    const page = await ingest.store.listRejections({ after, limit: 500 });
    if (page.length === 0) return payloads;
    payloads.push(...page.filter(({ eventId }) => eventId === id).map(({ payload }) => payload));
    after = page.at(-1)!.rejectionId;
  }
}

/** Text with some bytes changed, removed, duplicated or inserted. */
const brokenText = fc
  .tuple(goodEvent, fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1, maxLength: 4 }))
  .map(([event, edits]) => {
    let bytes = Buffer.from(text(event));
    for (const [place, byte, kind] of edits) {
      const at = place % bytes.length;
      const middle = [
        Buffer.from([byte]),
        Buffer.from([]),
        bytes.subarray(at, at + 9),
        Buffer.from('"}]{[,:\\'.charAt(byte % 8)),
      ];
      bytes = Buffer.concat([bytes.subarray(0, at), middle[kind]!, bytes.subarray(at + (kind === 2 ? 0 : 1))]);
    }
    return bytes;
  });

describe('4,500 bad events to a server that really listens', () => {
  it('2,000 events with something wrong: each is rejected with a reason or was harmless, and its neighbours are stored', async () => {
    const bad = fc.sample(mutatedEvent, { seed: SEED, numRuns: 2000 });
    let rejected = 0;
    for (let start = 0; start < bad.length; start += 20) {
      const batch = bad.slice(start, start + 20).flatMap((event) => [neighbour(), event]);
      const answer = await ingest.send({ body: text(batch), headers: JSON_TYPE });
      expect(answer.status).toBe(200);
      const summary = JSON.parse(answer.text);
      expect(summary.accepted + summary.duplicates + summary.conflicts + summary.rejected).toBe(batch.length);
      const problems = summary.problems as { index: number; errors: { message: string }[] }[];
      expect(problems).toHaveLength(summary.rejected + summary.conflicts);
      for (const { index, errors } of problems) {
        expect(index % 2, `the neighbour ${text(batch[index])} was refused: ${text(errors)}`).toBe(1);
        expect(errors[0]!.message.length).toBeGreaterThan(5);
      }
      rejected += summary.rejected;
      expect(await ingest.isStored(batch[0]!)).toBe(true);
    }
    expect(rejected).toBeGreaterThan(1200);
  });

  it('1,000 of them alone: a problem document, or it was harmless', async () => {
    let refused = 0;
    for (const event of fc.sample(mutatedEvent, { seed: SEED + 1, numRuns: 1000 })) {
      const answer = await ingest.send({ body: text(event), headers: JSON_TYPE });
      if (answer.status === 200) continue;
      refused++;
      expectProblem(answer, event);
    }
    expect(refused).toBeGreaterThan(600);
  });

  it('1,000 broken texts: a problem document as a body, a verdict of its own as a line', async () => {
    for (const bytes of fc.sample(brokenText, { seed: SEED, numRuns: 500 })) {
      const answer = await ingest.send({ body: bytes, headers: JSON_TYPE });
      if (answer.status !== 200) expectProblem(answer, bytes.toString('latin1'));
    }
    const lines = fc.sample(brokenText, { seed: SEED + 1, numRuns: 500 }).filter((bytes) => !bytes.includes(10));
    const good = lines.map(neighbour);
    const body = Buffer.concat(
      lines.flatMap((line, i) => [Buffer.from(`${text(good[i])}\n`), line, Buffer.from('\n')]),
    );
    const answer = await ingest.send({ body, headers: { 'content-type': 'application/x-ndjson' } });
    const summary = JSON.parse(answer.text);
    expect(answer.status).toBe(200);
    expect(summary.accepted + summary.duplicates + summary.conflicts + summary.rejected).toBe(lines.length * 2);
    expect(summary.problems.filter(({ index }: { index: number }) => index % 2 === 0)).toEqual([]);
    expect(await Promise.all([good[0]!, good.at(-1)!].map(ingest.isStored))).toEqual([true, true]);
  });

  it('500 other JSON values, however odd', async () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), { seed: SEED, numRuns: 500 });
    for (const value of values) expectProblem(await ingest.send({ body: text(value), headers: JSON_TYPE }), value);
  });

  it('a deeply nested event costs its neighbours nothing, and is kept as it was sent', async () => {
    const good = [neighbour(), neighbour()];
    const deep = `{"id":"deep","data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`;
    const answer = await ingest.send({ body: `[${text(good[0])},${deep},${text(good[1])}]`, headers: JSON_TYPE });
    expect(JSON.parse(answer.text)).toMatchObject({ accepted: 2, rejected: 1, problems: [{ index: 1, id: 'deep' }] });
    expect((await keptPayloads('deep'))[0] === deep).toBe(true);
  });
});

it('the four counts add up to the number sent, whatever is sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(goodEvent, mutatedEvent, fc.jsonValue()), { minLength: 1, maxLength: 30 }),
      async (events) => {
        const answer = await ingest.send({
          body: events.map(text).join('\n'),
          headers: { 'content-type': 'application/x-ndjson' },
        });
        const { accepted, duplicates, conflicts, rejected, problems } = JSON.parse(answer.text);
        expect(accepted + duplicates + conflicts + rejected).toBe(events.length);
        expect(problems).toHaveLength(conflicts + rejected);
      },
    ),
    { numRuns: 100, seed: SEED },
  );
  const { accepted, stored } = await ingest.store.counts();
  expect(accepted).toBe(stored);
});
