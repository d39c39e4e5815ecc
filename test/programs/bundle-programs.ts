import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bundles programs into `folder`, each under its path in the repository. A bundle holds our own
 * modules alone and loads packages from where they are installed.
 */
export async function bundlePrograms(programs: readonly string[], folder: string): Promise<void> {
  await build({
    entryPoints: [...programs],
    outdir: folder,
    outbase: root,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Without any, esbuild takes files that are meant for bundlers alone.
    conditions: ['node'],
    logLevel: 'warning',
    plugins: [threadsOnDisk(folder), packagesAsInstalled, placesOfSources],
  });
}

/** Marks a package as external, under the file that the importing source itself would get. */
const packagesAsInstalled: Plugin = {
  name: 'packages-as-installed',
  setup({ onResolve, resolve }) {
    const isAsked = Symbol('asked');
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      const isOurs = path.startsWith('node:') || path.startsWith('@touchstone/');
      if (kind === 'entry-point' || isOurs || pluginData === isAsked) return undefined;
      const found = await resolve(path, { kind, resolveDir, importer, pluginData: isAsked });
      if (found.external || found.errors.length > 0) return undefined;
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

/** Lets a module find its neighbours where its source lies, not where the bundle does. */
const placesOfSources: Plugin = {
  name: 'places-of-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes('import.meta.')) return undefined;
      const places = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const contents = source.replace(
        /(?<!')import\.meta\.(url|filename|dirname)\b/g,
        (_, place: keyof typeof places) => JSON.stringify(places[place]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Keeps the bundles of worker threads, which a process makes at its start, for the next process.
 */
function threadsOnDisk(folder: string): Plugin {
  const esbuild = createRequire(import.meta.url).resolve('esbuild');
  const contents = `
    import { readFileSync, renameSync, writeFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { basename, join } from 'node:path';
    export function buildSync(options) {
      const kept = join(${JSON.stringify(folder)}, basename(options.entryPoints[0]) + '.cjs');
      try {
        return { outputFiles: [{ text: readFileSync(kept, 'utf8') }] };
      } catch {}
      const made = createRequire(${JSON.stringify(esbuild)})(${JSON.stringify(esbuild)}).buildSync(options);
      writeFileSync(kept + process.pid, made.outputFiles[0].text);
      renameSync(kept + process.pid, kept);
      return made;
    }`;
  return {
    name: 'threads-on-disk',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^esbuild$/ }, ({ path }) => ({ path, namespace: 'threads-on-disk' }));
      onLoad({ filter: /.*/, namespace: 'threads-on-disk' }, () => ({ contents, loader: 'js' }));
    },
  };
}
