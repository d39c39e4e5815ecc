/** A thread that gives way, and tells what the system then says of it. */

import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { giveWay } from '../src/give-way.ts';

giveWay();
parentPort!.postMessage(readFileSync('/proc/thread-self/stat', 'utf8'));
