import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache-folder.ts';
import { firstLine, whyNoProgram } from './program.ts';

const run = promisify(execFile);
const FETCH_MS = 300_000;

/** Python packages that one test program needs. */
export interface PythonPackages {
  /** Prefix of their folder's name in the cache. */
  readonly name: string;
  /** Each in pip's form, with its version: `cloudevents==2.2.0`. */
  readonly requirements: readonly string[];
}

/**
 * Why no Python program can run with these packages here, or `null`. Packages that are not in the
 * cache are fetched first.
 */
export async function whyNoPackages(packages: PythonPackages): Promise<string | null> {
  const reason = await whyNoProgram(BASE, ['-c', 'import sys; assert sys.version_info >= (3, 10), sys.version']);
  if (reason !== null) return reason;
  try {
    await pythonWith(packages);
    return null;
  } catch (error) {
    return whyFailed(error as Error & { stderr?: string; stdout?: string });
  }
}

/**
 * Path of a Python with these packages: a virtual environment outside of the checkout, made on
 * first use. Programs of packages run by `-m` only.
 */
export async function pythonWith({ name, requirements }: PythonPackages): Promise<string> {
  const version = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 8);
  const folder = await cached(`python-${name}-${version}`, async (work) => {
    await run(BASE, ['-m', 'venv', work], { timeout: FETCH_MS });
    // Python compiles on import what a test needs: to compile all packages takes half a minute.
    const options = ['--quiet', '--disable-pip-version-check', '--no-compile'];
    const pip = ['-m', 'pip', 'install', ...options, ...requirements];
    await run(join(work, 'bin/python'), pip, { timeout: FETCH_MS });
  });
  return join(folder, 'bin/python');
}

/** The interpreter that the environments are made from. */
const BASE = process.env.PYTHON || 'python3';

function whyFailed({ stderr = '', stdout = '', message }: Error & { stderr?: string; stdout?: string }): string {
  const told = `${stderr}${stdout}`;
  if (/ensurepip is not available|No module named (venv|ensurepip)/.test(told))
    return 'python3 has no venv (on Debian a package of its own)';
  if (/NewConnectionError|Could not find a version|ConnectTimeout|Connection (to|refused|broken)/.test(told))
    return 'its packages cannot be fetched: no package index answers, or it has them not';
  return `its packages cannot be installed: ${firstLine(told || message)}`;
}
