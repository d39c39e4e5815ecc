import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as a target of alerts has received it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, received: Received, nth: number) => void;

/** Starts a server that receives alerts, until the test ends; it takes them all unless told. */
export async function startReceiver(
  answer: Answer = (response) => void response.writeHead(204).end(),
  tls?: { readonly key: string; readonly cert: string },
) {
  const received: Received[] = [];
  let inFlight = 0;
  let most = 0;
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() };
    received.push(one);
    answer(response, one, received.length);
  };
  const server = tls === undefined ? createHttp(onRequest) : createHttps(tls, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/alerts`,
    received,
    /** The most requests that were open at once. */
    mostInFlight: () => most,
    stop,
  };
}
