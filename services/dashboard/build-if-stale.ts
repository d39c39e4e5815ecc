import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const stamp = join(dist, '.sources');

/**
 * Builds the page into `dist`, unless it was built from these very sources (compared by content,
 * because a checkout gives all files the same new time); returns which of the two it did. A server
 * that runs from `dist` serves the old page until the new one is complete.
 */
export async function buildIfStale(): Promise<'built' | 'up to date'> {
  const sources = hashOfSources();
  if (existsSync(join(dist, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources)
    return 'up to date';
  // Built on the same file system as `dist`, so that a rename puts the finished page in place.
  const beside = join(root, 'node_modules', `.dist-${process.pid}`);
  const before = `${beside}-before`;
  // Imported only here: if the page is already built, Vite need not be installed.
  const { build } = await import('vite');
  // Vite follows a NODE_ENV that is set: a test run would put React's development build, twice as
  // large, into `dist`.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: beside, emptyOutDir: true },
    });
    compressBeside(beside);
    writeFileSync(join(beside, '.sources'), sources);
    // Moved away in one step, because another build may put its page there while this one still
    // deletes.
    if (existsSync(dist)) renameSync(dist, before);
    renameSync(beside, dist);
  } catch (error) {
    // Another start may have put the same page in place between the two calls above.
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) throw error;
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
    rmSync(beside, { recursive: true, force: true });
    rmSync(before, { recursive: true, force: true });
  }
  return 'built';
}

/**
 * Writes each text file in Brotli and gzip too, for servers to send as it is. Brotli's highest
 * quality would double the build time.
 */
function compressBeside(folder: string): void {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    if (!/\.(?:html|js|css|svg)$/.test(name)) continue;
    const content = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params }));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  // The versions' catalog counts too: another ECharts makes another page.
  const named = ['index.html', 'package.json', 'vite.config.ts', 'build-if-stale.ts', '../../pnpm-workspace.yaml'];
  const files = [...named, ...filesUnder('src')];
  for (const file of files.sort()) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(`${file}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = performance.now();
  const outcome = await buildIfStale();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(outcome === 'built' ? `dashboard: built in ${seconds} s` : 'dashboard: up to date');
}
