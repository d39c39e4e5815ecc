import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programArguments } from '../programs/program.ts';

/** The main file of the command line. */
export const MAIN = fileURLToPath(new URL('../../services/cli/src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs one command as a user types it. `onError` is called on each output to stderr with all of it
 * so far, and may press Ctrl-C; `onStart` is given the way to press it at any time.
 */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  onError?: (text: string, stop: () => void) => void,
  onStart?: (stop: () => void) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [...programArguments(MAIN), ...args], {
    env: { ...process.env, ...environment },
  });
  const stop = () => void child.kill('SIGINT');
  onStart?.(stop);
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
    onError?.(err, stop);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}
