import { appendFileSync } from 'node:fs';
import { readLog } from '@touchstone/event-bus';
import { quickBus } from './bus-for-test.ts';

/**
 * A projector without a fold, as a process of its own: what it is given it writes to a file, one line an event, before its offsets are committed.
 * Says on its output what it was given and when it lost it.
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
    // Slow enough that a signal from outside meets it at work.
    await new Promise((resolve) => setTimeout(resolve, 5));
    appendFileSync(file, lines.join(''));
    say('wrote');
  },
});
await bus.close();
