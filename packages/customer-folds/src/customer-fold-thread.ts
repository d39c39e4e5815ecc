/** Worker thread that folds large customers, one at a time. Bundled by `startFoldingThread`. */

import { parentPort } from 'node:worker_threads';
import { unpack } from '@touchstone/event-store/packed-events';
import { giveWay } from '@touchstone/threads/give-way';
import { BrokenFold, foldStored, type StoredFold } from './fold-stored.ts';
import type { FromThread, ToThread } from './messages.ts';
import { beginTask } from './tasks.ts';

// Folding a large customer may take longer, so that nobody else waits for it.
giveWay();

const port = parentPort!;
const tell = (message: FromThread) => port.postMessage(message);
/** The fold under way, until it fails or the main thread begins the next one. */
let current: { readonly number: number; readonly fold: StoredFold<unknown> } | undefined;

function answer(message: Exclude<ToThread, { readonly kind: 'end' }>): void {
  const { kind, fold: number } = message;
  if (kind === 'begin') {
    const fold = foldStored(beginTask(message.task, message.customerId, message.given), message.leftOut);
    current = { number, fold };
  }
  if (current?.number !== number) return;
  const { fold } = current;
  if (kind === 'take') {
    for (const event of unpack(message.events)) fold.take(event);
    tell({ kind: 'taken', fold: number });
  } else if (kind === 'finish') {
    tell({ kind: 'finished', fold: number, folded: fold.finish() });
    current = undefined;
  }
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'end') {
    port.close();
    return;
  }
  try {
    answer(message);
  } catch (error) {
    current = undefined;
    const position = error instanceof BrokenFold ? error.position : null;
    tell({ kind: 'failed', fold: message.fold, error: error as Error, position });
  }
});
