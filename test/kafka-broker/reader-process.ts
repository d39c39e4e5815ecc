import { appendFileSync } from 'node:fs';
import { readLog } from '@touchstone/event-bus';
import { quickBus } from './bus-for-test.ts';

/**
 * A projector without a fold, in its own process: it appends its events to a file, one line each,
 * before their offsets are committed. It prints when partitions are assigned and revoked, and after
 * each write.
 */
const [url = '', topic = '', file = ''] = process.argv.slice(2);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const say = (line: string) => process.stdout.write(`${line}\n`);
const bus = quickBus(url);
await readLog({
  bus,
  topic,
  groupId: topic,
  signal: stopping.signal,
  batchMax: 50,
  onAssigned: (partitions) => void say(`assigned ${partitions}`),
  onRevoked: (partitions) => void say(`revoked ${partitions}`),
  handle: async ({ events, partition }) => {
    const lines = events.map(({ position, stream }) => `${partition} ${position} ${stream}\n`);
    // Slow enough for a signal to arrive during the work.
    await new Promise((resolve) => setTimeout(resolve, 5));
    appendFileSync(file, lines.join(''));
    say('wrote');
  },
});
await bus.close();
