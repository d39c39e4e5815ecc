import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

export interface ThreadOptions {
  /** Shown by tools that list threads. */
  readonly name: string;
  /** Handed over when it starts, as a copy. */
  readonly data?: unknown;
  /** V8 makes three spaces of it; what is used in one turn should fit into one of them. */
  readonly youngGenerationMb: number;
}

/**
 * Run a TypeScript file as a worker thread. A thread cannot be given TypeScript on every Node that we run on, so it is given one bundle, made once a process and
 * file. What is bundled may not load further files of ours; it finds packages as the file itself would.
 */
export function startThread(file: URL, { name, data, youngGenerationMb }: ThreadOptions): Worker {
  return new Worker(bundleOf(file), {
    eval: true,
    name,
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    execArgv: [],
  });
}

/** Make the bundle of a file whose thread is started later, when somebody waits: it takes a tenth of a second or more, in which nothing else is done. */
export function prepareThread(file: URL): void {
  bundleOf(file);
}

const bundles = new Map<string, string>();

function bundleOf(file: URL): string {
  let bundle = bundles.get(file.href);
  if (bundle === undefined) {
    const { outputFiles } = buildSync({
      entryPoints: [fileURLToPath(file)],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      define: { 'import.meta.url': JSON.stringify(file.href) },
    });
    bundle = outputFiles[0]!.text;
    bundles.set(file.href, bundle);
  }
  return bundle;
}
