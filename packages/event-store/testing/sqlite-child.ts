import { sqliteEventStoreOnThread } from '../src/sqlite/thread/log-on-thread.ts';
import { event } from './contract/event.ts';

/**
 * A child process for the tests of locks and crashes. `sqlite-child.ts FILE hold` opens the store,
 * says so and stays; `sqlite-child.ts FILE append PREFIX` appends for ever, several at once, and
 * prints the ids of each append once it is acknowledged.
 */
const [file = '', mode, prefix] = process.argv.slice(2);
const store = await sqliteEventStoreOnThread({ file, runEvents: 60 });
console.log('open');
if (mode === 'hold') setInterval(() => {}, 60_000);
else await Promise.all([1, 2, 3].map(appendForEver));

async function appendForEver(appender: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const ids = Array.from({ length: (turn % 9) + 1 }, (_, at) => `${prefix}-${appender}-${turn}-${at}`);
    await store.append(ids.map((id, at) => event({ id, stream: `customer-${(turn + at) % 13}` })));
    // Writes to a pipe are synchronous, so ids that the test reads were acknowledged before the
    // process died.
    process.stdout.write(`${ids.join(' ')}\n`);
  }
}
