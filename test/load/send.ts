import { type Agent, type RequestOptions, request } from 'node:http';

/** A request that is sent exactly as given, without additions or checks. */
export interface Sent extends Pick<RequestOptions, 'signal' | 'timeout'> {
  readonly agent: Agent;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer | undefined;
}

export interface Answer {
  /** 0: no answer, or an incomplete one. */
  readonly status: number;
  readonly retryAfter: string | undefined;
}

const NONE: Answer = { status: 0, retryAfter: undefined };

/**
 * Sends a request and reads the answer to its end. If a kept-alive connection was closed meanwhile,
 * the request is sent again, as any client does.
 */
export function send(url: string, sent: Sent): Promise<Answer> {
  const { body, method = body === undefined ? 'GET' : 'POST', ...options } = sent;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const headers = { 'content-type': 'application/json', ...length, ...sent.headers };
  return new Promise((resolve) => {
    const asked = request(url, { ...options, method, headers }, (answer) => {
      answer.resume();
      answer.on('error', () => resolve(NONE));
      answer.on('end', () => resolve({ status: answer.statusCode!, retryAfter: answer.headers['retry-after'] }));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (asked.reusedSocket && error.code === 'ECONNRESET' && !sent.signal?.aborted) resolve(send(url, sent));
      else resolve(NONE);
    });
    asked.end(body);
  });
}
