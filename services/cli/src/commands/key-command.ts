import { createKey, scopes } from '@touchstone/runtime';
import { CliError } from '../cli-error.ts';

/**
 * Prints a new key, which cannot be shown again, and its entry for the keys file, which holds only
 * its hash.
 */
export function runKey(name: string, options: { readonly scopes: string; readonly sources: string | undefined }): void {
  const wanted = listOf(options.scopes);
  const unknown = wanted.filter((scope) => !scopes.some((known) => known === scope));
  if (unknown.length > 0 || wanted.length === 0) {
    throw new CliError(`Unknown scope ${unknown.join(', ') || '(none)'}; there are ${scopes.join(', ')}.`);
  }
  if (!/^[\w.-]{1,128}$/.test(name)) {
    throw new CliError(`A key's name is letters, digits, dots, dashes and underscores; "${name}" is not.`);
  }
  const sources = options.sources === undefined ? undefined : listOf(options.sources);
  if (sources?.length === 0) throw new CliError('--sources names no source; leave it out to allow all.');
  const { secret, entry } = createKey({
    name,
    scopes: scopes.filter((scope) => wanted.includes(scope)),
    ...(sources === undefined ? {} : { sources }),
  });
  console.log(`The key, shown this once:\n\n  ${secret}\n`);
  console.log('Its entry in the file that TOUCHSTONE_KEYS names (a JSON array of such entries):\n');
  console.log(JSON.stringify(entry, null, 2));
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
