import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PythonPackages, pythonWith, whyNoPackages } from '../servers-here/python-packages.ts';

/** Python packages that read exports as their users do. */

const READERS: PythonPackages = {
  name: 'export-readers',
  requirements: ['pm4py==2.7.23.11', 'pyarrow==26.0.1', 'jsonschema==4.26.0'],
};

export const whyNoExportReaders = (): Promise<string | null> => whyNoPackages(READERS);

/** Asks Python's readers for the content of the files of a folder, as JSON. */
export async function readByPython(folder: string): Promise<unknown> {
  const program = join(import.meta.dirname, 'read_exports.py');
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(await pythonWith(READERS), [program, folder], options);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1));
}
