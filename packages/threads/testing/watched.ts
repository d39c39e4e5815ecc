/** A process under a watchdog that obeys lines on standard input: `block <ms>` and `longest`. */

import { createInterface } from 'node:readline';
import { startWatchdog } from '../src/watchdog.ts';

const limit = process.argv[2]!;
const watchdog = startWatchdog({ limitMs: limit === 'off' ? null : Number(limit), tickMs: 50 });

createInterface({ input: process.stdin }).on('line', (line) => {
  const [what, ms] = line.split(' ');
  if (what === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
  console.log(what === 'longest' ? `${watchdog.longestMs()} ${watchdog.totalMs()}` : 'done');
});
console.log('ready');
