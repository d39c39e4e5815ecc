import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** A smaller answer fits into one packet uncompressed. */
export const THRESHOLD_BYTES = 1024;

/**
 * Cheap levels: either compresses a page of 500 journeys (146 kB) to 21 to 23 kB in about 2 ms.
 * Brotli's usual 4 takes 3 ms for 0.3 kB less and 9 takes 45 ms, so those levels are for files that
 * are compressed once, at build time.
 */
const BROTLI_QUALITY = 3;
const GZIP_LEVEL = 4;

/** Text types, except event streams: their reader waits for each event. */
export const COMPRESSED_TYPES =
  /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?(?:json|xml)|application\/(?:x-)?ndjson|application\/javascript|image\/svg\+xml)/;

/**
 * Compresses answers for clients that accept it; call it before routes are registered. Compression
 * leaks nothing by its length: no answer combines a secret with text that a stranger chooses (keys
 * occur only in headers).
 */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: THRESHOLD_BYTES,
    customTypes: COMPRESSED_TYPES,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    zlibOptions: { level: GZIP_LEVEL },
    // Compressed request bodies are unpacked by the routes, which know their limits.
    globalDecompression: false,
  });
  // An answer to HEAD is not compressed, so its length would differ from the length of GET's.
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') return;
    route.onSend = [route.onSend ?? []].flat().concat(async (request, reply, payload) => {
      const isCompressible = COMPRESSED_TYPES.test(String(reply.getHeader('content-type')));
      const isAsItIs = reply.getHeader('content-encoding') === undefined;
      if (request.headers['accept-encoding'] !== undefined && isCompressible && isAsItIs) {
        reply.removeHeader('content-length');
      }
      return payload;
    });
  });
}
