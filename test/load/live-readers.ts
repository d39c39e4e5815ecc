import { get } from 'node:http';

/** Order for the readers: so many streams of live events. */
interface LiveOrder {
  readonly url: string;
  readonly streams: number;
}

export interface LiveReport {
  /** Events over all streams. */
  readonly perSecond: number;
  /** Streams that got some. */
  readonly streams: number;
}

const received: number[] = [];
let begun = 0;

/** Counts events by the beginnings of their lines, which costs the readers little. */
function openStream(url: string, nth: number): Promise<void> {
  received[nth] = 0;
  return new Promise((resolve, reject) => {
    get(`${url}/v1/live`, { agent: false }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`a stream was answered ${answer.statusCode}`));
      answer.once('data', () => resolve());
      answer.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf('\ndata: {"p'); at >= 0; at = chunk.indexOf('\ndata: {"p', at + 1))
          received[nth]!++;
      });
    }).on('error', reject);
  });
}

process.once('disconnect', () => process.exit());
process.on('message', async (message: LiveOrder | 'report') => {
  if (message === 'report') {
    const events = received.reduce((sum, each) => sum + each, 0);
    const perSecond = (events * 1000) / (performance.now() - begun);
    process.send!({ perSecond, streams: received.filter((each) => each > 0).length } satisfies LiveReport);
    return;
  }
  await Promise.all(Array.from({ length: message.streams }, (_, nth) => openStream(message.url, nth)));
  begun = performance.now();
  process.send!('open');
});
