import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { relay } from '@touchstone/event-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quickBus, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { type ReaderProcess, startReader } from '../kafka-broker/reader-processes.ts';
import { freshLog, logEvents } from '../kafka-broker/sample.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');

describeWithKafka('readers that share the log', () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  let folder = '';
  beforeAll(async () => {
    broker = await sharedBroker();
    folder = await mkdtemp(join(tmpdir(), 'touchstone-readers-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await broker?.release();
  });

  test('joining, leaving, killed and stalled past their session, they miss nothing, and guarded by position no row goes back', async () => {
    const [topic, changesTopic] = [unique('shared'), unique('changes')];
    await broker.createTopic(topic, 6);
    await broker.createTopic(changesTopic, 1);
    const store = await freshLog();
    const bus = quickBus(broker.url);
    const stopping = new AbortController();
    const relaying = relay({
      store,
      bus,
      logger: silent,
      logTopic: topic,
      changesTopic,
      batchMax: 100,
      signal: stopping.signal,
    });
    const readers: ReaderProcess[] = [];
    const start = async () => {
      const reader = await startReader(broker.url, topic, join(folder, `${topic}-${readers.length}`));
      readers.push(reader);
      return reader;
    };
    let stored = 0;
    const append = async (count: number) => {
      await store.append(logEvents(stored, stored + count));
      stored += count;
    };
    /** Publishes events as fast as they are read, until `happened` resolves. */
    const flowUntil = async (happened: Promise<void>) => {
      let isOver = false;
      const over = happened.then(() => {
        isOver = true;
      });
      while (!isOver) {
        const read = readers.map((one) => one.says(/wrote/).catch(() => over));
        await append(100);
        await Promise.race([over, ...read]);
      }
    };
    const written = async () =>
      new Set((await Promise.all(readers.map((one) => one.rows()))).flat().map(({ position }) => position));
    try {
      const first = await start();
      await flowUntil(first.says(/wrote/));
      // A second consumer joins while events flow.
      const second = await start();
      await flowUntil(second.says(/wrote/));
      // The first is killed during its work, and a third takes over.
      await flowUntil(first.says(/wrote/));
      await first.end('SIGKILL');
      const third = await start();
      await flowUntil(third.says(/wrote/));
      // The second stalls until its partitions belong to another one, and resumes as if they were
      // still its own.
      const takenOver = third.says(/assigned/);
      const noticed = second.says(/revoked/);
      const cameBack = second.says(/assigned/);
      second.signal('SIGSTOP');
      await flowUntil(takenOver);
      await flowUntil(third.says(/wrote/));
      second.signal('SIGCONT');
      await flowUntil(noticed);
      await flowUntil(cameBack);
      await flowUntil(second.says(/wrote/));
      // The third leaves the group properly.
      const alone = second.says(/assigned/);
      await third.end('SIGTERM');
      await flowUntil(alone);
      for (;;) {
        const more = second.says(/wrote|assigned/);
        // Nobody awaits this promise once everything is written: the reader may end before it
        // prints more.
        more.catch(() => undefined);
        if ((await written()).size === stored) break;
        await more;
      }
    } finally {
      await Promise.all(readers.map((one) => one.end('SIGKILL')));
      stopping.abort();
      await relaying;
      await bus.close();
      await store.release();
    }

    expect((await written()).size).toBe(stored);
    const rows = new Map<string, number>();
    for (const reader of readers)
      for (const { stream, position } of await reader.rows())
        rows.set(stream, Math.max(position, rows.get(stream) ?? 0));
    const last = new Map(logEvents(0, stored).map(({ stream }, index) => [stream, index + 1]));
    expect(rows).toEqual(last);
  });
});
