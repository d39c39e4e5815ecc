import { inspect } from 'node:util';
import {
  ConfigError,
  createLogger,
  openTracing,
  readConfig,
  stopOnSignals,
  textWithoutSecrets,
} from '@touchstone/runtime';
import { warnOfPlaintext } from './process-setting.ts';
import { startTouchstone } from './start-touchstone.ts';
import { watchMainThread } from './watch-main-thread.ts';

// The product's files are about customers, so only the user that runs it may read them.
process.umask(0o077);

const isDemo = process.argv.includes('--demo');
const unknown = process.argv.slice(2).filter((argument) => argument !== '--demo');

async function main(): Promise<void> {
  if (unknown.length > 0)
    throw new Error(`Unknown argument ${unknown.join(' ')}; known: --demo (starts with a simulated shop).`);
  const config = isDemo ? demoConfig() : readConfig();
  const tracing = await openTracing(process.env, config.traceIds);
  const logger = createLogger({ level: config.logLevel, fields: tracing?.logFields });
  tracing?.reportTo(logger);
  warnOfPlaintext(config, logger);
  const { roles } = config;
  if (isDemo && roles !== undefined) throw new Error('--demo is one process that does everything: unset ROLES.');
  const running = await startTouchstone(config, logger, tracing);
  watchMainThread(running.metrics, config.stallLimitMs);
  const last = tracing === undefined ? [] : [{ name: 'traces', run: tracing.stop }];
  const { announceStop: announce, stopSteps } = running;
  stopOnSignals([...stopSteps, ...last], { logger, announce, graceMs: config.stopGraceMs });
  logger.info(
    roles === undefined ? { data: config.dataFolder } : { roles: [...roles] },
    config.keysFile === undefined
      ? `Touchstone answers at ${running.url} (open, to programs of this machine alone)`
      : `Touchstone answers at ${running.url}`,
  );
  if (isDemo) {
    const { publishDemo } = await import('./demo.ts');
    await publishDemo(running, logger);
  }
}

/** The demo uses a folder of its own, so that its shop never mixes with real customers. */
function demoConfig() {
  return readConfig({ ...process.env, TOUCHSTONE_DATA: process.env.TOUCHSTONE_DATA ?? '.touchstone/demo' });
}

main().catch((error: unknown) => {
  const isWords = error instanceof ConfigError || !isUnexpected(error);
  console.error(textWithoutSecrets(isWords ? (error as Error).message : inspect(error)));
  process.exit(1);
});

/** Errors with a code or name of the product are printed as text, all others with their stack. */
function isUnexpected(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
}
