import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { COMMON_HEADERS } from '@touchstone/runtime';

export const dist = join(import.meta.dirname, '../../services/dashboard/dist');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** One canned answer; `never`: the connection stays open without one. */
export type Canned = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>] | 'never';
/** `sent` is the body of the request as text. */
export type Answers = (url: URL, request: IncomingMessage, sent: string) => Canned;

export interface CannedSystem {
  readonly url: string;
  /** Sets the answers from now on. */
  answer(answers: Answers): void;
  close(): Promise<void>;
}

/**
 * The built page with canned answers behind it, for states that a real system does not enter on
 * demand: failing, lagging, figures that do not add up.
 */
export async function startCannedSystem(answers: Answers): Promise<CannedSystem> {
  let current = answers;
  const server = createServer((request, response) => void respond(request, response, current));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (next) => {
      current = next;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, answers: Answers): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://canned');
  if (url.pathname.startsWith('/v1/') || url.pathname === '/readyz' || url.pathname === '/metrics') {
    const answer = answers(url, request, await text(request));
    if (answer === 'never') return;
    const [status, body, headers = {}] = answer;
    if (url.pathname === '/v1/events') {
      response.writeHead(status, { 'content-type': 'application/x-ndjson' }).end(String(body));
      return;
    }
    if (url.pathname === '/v1/live' && status === 200) {
      response.writeHead(status, { 'content-type': 'text/event-stream' }).write(String(body));
      return;
    }
    if (url.pathname === '/metrics') {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(String(body));
      return;
    }
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
    return;
  }
  const isAsset = url.pathname.startsWith('/assets/');
  const file = isAsset ? join(dist, normalize(url.pathname)) : join(dist, 'index.html');
  const content = await readFile(file);
  response
    .writeHead(200, {
      'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': COMMON_HEADERS['content-security-policy'],
    })
    .end(content);
}
