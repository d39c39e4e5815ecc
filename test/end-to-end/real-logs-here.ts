import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

/** The folder of real logs, beside the repository. */
export const LOGS = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Whether they are there. */
export const isHere = existsSync(join(LOGS, 'olist/event_log_events.csv.gz'));
const title = isHere ? 'real logs' : `real logs (skipped: they are not at ${LOGS})`;

/** Runs tests that need the real logs; where they are not they are reported as skipped. */
export function describeWithLogs(suite: () => void): void {
  describe.skipIf(!isHere)(title, suite);
}
