import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PythonPackages, pythonWith, whyNoPackages } from '../servers-here/python-packages.ts';

/** Python packages that read an OpenAPI description and try a server against it. */

const TOOLS: PythonPackages = {
  name: 'openapi',
  requirements: ['openapi-spec-validator==0.9.0', 'schemathesis==4.32.5'],
};

export const whyNoPythonTools = (): Promise<string | null> => whyNoPackages(TOOLS);

const PROGRAMS = {
  'openapi-spec-validator': ['-m', 'openapi_spec_validator'],
  schemathesis: [join(import.meta.dirname, 'schemathesis_here.py')],
} as const;

/** Resolves to all that the tool prints, whether it finds fault or not. */
export async function saidByTool(
  tool: keyof typeof PROGRAMS,
  args: readonly string[],
  folder: string,
): Promise<string> {
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  const given = [...PROGRAMS[tool], ...args];
  const said = await promisify(execFile)(await pythonWith(TOOLS), given, options).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  return said.stdout + said.stderr;
}
