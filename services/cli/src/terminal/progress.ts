import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** Sets the progress to `done` of the given `total`; `note` is shown beside it. */
  update(done: number, note: string): void;
  stop(): void;
}

/**
 * A bar in a terminal; elsewhere (a log file, CI) a line at each tenth. Written to stderr, so that
 * stdout holds the answer only.
 */
export function showProgress(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return lines(label, total, stream);
  const bar = new SingleBar(
    { format: `${label} {bar} {percentage}%  {note}`, stream, hideCursor: true, clearOnComplete: false, barsize: 28 },
    Presets.shades_classic,
  );
  bar.start(Math.max(1, total), 0, { note: '' });
  return { update: (done, note) => bar.update(Math.min(done, total), { note }), stop: () => bar.stop() };
}

/**
 * An amount that grows towards an unknown total: one line that is written over in a terminal, and
 * elsewhere a line each time that the amount has doubled.
 */
export function showAmount(label: string, stream: NodeJS.WriteStream = process.stderr): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    const amount = `${label} ${(bytes / 1e6).toFixed(1)} MB`;
    if (stream.isTTY) stream.write(`\r${amount}`);
    else if (bytes >= Math.max(1e6, 2 * told)) {
      told = bytes;
      stream.write(`${amount}\n`);
    }
  };
}

/**
 * Says how long something takes that cannot tell how far it is, once it has taken `patienceMs`: a
 * line that is written over in a terminal, and one line elsewhere.
 */
export function showWaiting(
  label: string,
  patienceMs: number,
  stream: NodeJS.WriteStream = process.stderr,
): { stop(): void } {
  const began = performance.now();
  let isTold = false;
  const tell = () => {
    const seconds = Math.round((performance.now() - began) / 1000);
    if (stream.isTTY) stream.write(`\r${label} ${seconds} s`);
    else if (!isTold) stream.write(`${label}\n`);
    isTold = true;
  };
  let timer = setTimeout(() => {
    tell();
    timer = setInterval(tell, 1000);
  }, patienceMs);
  return {
    stop() {
      clearTimeout(timer);
      if (isTold && stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}

function lines(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  let told = 0;
  return {
    update(done, note) {
      const tenth = Math.floor((10 * done) / Math.max(1, total));
      if (tenth <= told) return;
      told = tenth;
      stream.write(`${label} ${tenth * 10}%  ${note}\n`);
    },
    stop: () => undefined,
  };
}
