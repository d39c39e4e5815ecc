import { type Asker, NoTurn, type Turns } from '@touchstone/runtime/turns';
import type { ExportPart } from './clickhouse.ts';
import type { Streaming } from './embedded-exports.ts';

/**
 * Streams the parts of an export one after another in one place, which other exports wait for.
 * @throws NoTurn
 */
export async function* exported(
  turns: Turns<Streaming>,
  asker: Asker,
  parts: readonly ExportPart[],
): AsyncGenerator<Uint8Array> {
  const { place: streamed, leave } = await placeOf(turns, asker);
  try {
    // Texts wait for the rows behind them, so that an error of these comes before any byte.
    let text = '';
    let isFirst = true;
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part;
        isFirst = true;
        continue;
      }
      for await (const chunk of streamed(part, asker.signal)) {
        if (chunk.length === 0) continue;
        const rows = part.isListed && isFirst ? chunk.subarray(1) : chunk;
        yield text === '' ? rows : Buffer.concat([Buffer.from(text), rows]);
        text = '';
        isFirst = false;
      }
    }
    if (text !== '') yield Buffer.from(text);
  } catch (error) {
    if (asker.signal.aborted) throw new NoTurn('left');
    throw error;
  } finally {
    leave();
  }
}

/** Takes a place that is held until `leave` is called. */
function placeOf<Place>(turns: Turns<Place>, asker: Asker): Promise<{ readonly place: Place; leave(): void }> {
  return new Promise((resolve, reject) => {
    turns
      .take(asker, (place) => new Promise<void>((leave) => resolve({ place, leave })))
      // After the place was given, this rejects a promise that is settled already.
      .catch(reject);
  });
}
