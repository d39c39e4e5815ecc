import { textWithoutSecrets } from '@touchstone/runtime';
import { exitCodes } from './cli-error.ts';
import { explainFailure } from './explain-failure.ts';
import { touchstoneProgram } from './program.ts';
import { plain } from './terminal/style.ts';

// Copies of the log and notes of imports hold data about customers, so only this user may read
// them.
process.umask(0o077);

const program = touchstoneProgram((code) => {
  process.exitCode = code;
});
// `touchstone … | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  const words = explainFailure(error);
  console.error(words === undefined ? error : textWithoutSecrets(words).split('\n').map(plain).join('\n'));
  process.exitCode = exitCodes.failed;
}
