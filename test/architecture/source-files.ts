import { existsSync, readdirSync } from 'node:fs';

export const root = new URL('../../', import.meta.url).pathname;

/**
 * Folders of the packages and services, relative to the root. A folder without a package.json is
 * what git left behind after a move: its installed packages.
 */
export const places: readonly string[] = ['packages', 'services']
  .flatMap((kind) => readdirSync(root + kind).map((name) => `${kind}/${name}`))
  .filter((place) => existsSync(`${root}${place}/package.json`));

/** Paths of all sources of the packages and services, relative to the root; without tests. */
export const sourceFiles: readonly string[] = places
  .map((place) => `${place}/src`)
  .flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'));

/** Paths of all files under a folder, relative to the root; without what is installed or built. */
export function filesUnder(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return /^(?:node_modules|dist)$/.test(entry.name) ? [] : filesUnder(path);
  });
}
