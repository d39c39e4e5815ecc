import { addressAt, type ClientOptions } from './send-request.ts';
import { TouchstoneError, toProblemDocument, UnreachableError } from './touchstone-error.ts';

/** A file while it is downloaded. */
export interface Download {
  /** Length of the file; undefined if the server does not say. */
  readonly bytes: number | undefined;
  readonly headers: Headers;
  /** Chunks of the file; iterating throws if the connection breaks before the end. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * Sends one GET without retries or timeout, and streams the answer.
 * @throws TouchstoneError for an answer that is not 2xx.
 * @throws UnreachableError if there is no answer.
 */
export async function download(
  client: ClientOptions,
  path: string,
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Download> {
  const request = `GET ${path}`;
  const answer = await (client.fetch ?? fetch)(addressAt(client, path), {
    headers: { ...headers, ...(client.key !== undefined && { authorization: `Bearer ${client.key}` }) },
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: Error) => {
    if (signal?.aborted) throw error;
    const why = (error.cause as Error | undefined)?.message ?? error.message;
    throw new UnreachableError(`${request} at ${client.url} failed: ${why}`, { cause: error });
  });
  if (!answer.ok || answer.body === null) {
    throw new TouchstoneError(toProblemDocument(answer.status, await answer.text()), request);
  }
  const length = answer.headers.get('content-length');
  return { bytes: length === null ? undefined : Number(length), headers: answer.headers, pieces: answer.body };
}
