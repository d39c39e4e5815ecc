import { startEventStoreDbServer } from './server.ts';

/**
 * Runs the server in a process of its own: sends its parent the URL, and stops when the parent is
 * gone.
 */
const server = await startEventStoreDbServer({ maxAppendBytes: 16 * 1024 * 1024 });
process.once('disconnect', () => process.exit(0));
process.send?.({ url: server.url });
