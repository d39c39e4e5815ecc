/** Worker thread that gives way and reports its line of /proc. */

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { giveWay } from '../src/give-way.ts';

giveWay();
parentPort!.postMessage(readFileSync('/proc/thread-self/stat', 'utf8'));
