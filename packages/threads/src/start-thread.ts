import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

export interface ThreadOptions {
  /** Name shown by tools that list threads. */
  readonly name: string;
  /** Copied to the thread when it starts. */
  readonly data?: unknown;
  /** V8 splits it into three spaces; the objects of one turn should fit into one of them. */
  readonly youngGenerationMb: number;
}

/**
 * Run a TypeScript file as a worker thread. Not every supported Node runs TypeScript in a worker,
 * so the file is bundled once per process; the bundle may not load further files of ours, and
 * resolves packages as the file itself would.
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

/**
 * Make the bundle of a thread that is started later. Bundling blocks the event loop for a tenth of
 * a second or more, so do it before anybody waits.
 */
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
