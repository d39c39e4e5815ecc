import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian keeps servers in folders that are not on the PATH of users. */
export const withServersOnPath = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** Output of a command on both of its streams, or `null` if it cannot be run. */
export async function saidBy(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(command, [...args], { env: withServersOnPath });
    return stdout + stderr;
  } catch {
    return null;
  }
}

/** Why a program cannot be run, or `null` if it can. */
export async function whyNoProgram(command: string, args: readonly string[]): Promise<string | null> {
  try {
    await run(command, [...args], { env: withServersOnPath });
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no ${command} on the PATH` : `${command} does not run: ${firstLine(message)}`;
  }
}

export const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
