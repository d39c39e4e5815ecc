import { currentKey, keyWasNotEnough } from './key.ts';

/**
 * A failed request, described by the API's problem document if it sent one. `status` 0: no answer
 * at all.
 */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Further members of the document, such as `customers` if several customers use a journey id. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | null;

  constructor(status: number, title: string, detail: string, members = {}, retryAfterMs: number | null = null) {
    super(`${title}: ${detail}`);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.members = members;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Upper limit of the wait for one answer; a system that takes longer counts as gone. */
const longestWaitMs = 30_000;

/**
 * Body of the answer to GET `path` on this page's own origin.
 * @throws Problem; an abort is rethrown unchanged.
 */
export async function getText(path: string, signal: AbortSignal, waitMs = longestWaitMs): Promise<string> {
  const key = currentKey();
  const headers: Record<string, string> = { accept: 'application/json' };
  if (key !== null) headers.authorization = `Bearer ${key}`;
  let response: Response;
  let text: string;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), waitMs);
  try {
    response = await fetch(path, { headers, signal: AbortSignal.any([signal, limit.signal]) });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    if (limit.signal.aborted) throw noAnswerWithin(waitMs);
    throw new Problem(0, 'No answer', 'The system could not be reached.');
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return text;
  if (response.status === 401) keyWasNotEnough(key);
  throw problemOf(response, text);
}

/** Converts whatever was thrown instead of an answer. */
export function problemFrom(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'No answer', String(error));
}

/** The problem of a system that accepts connections but does not answer. */
export function noAnswerWithin(ms: number): Problem {
  return new Problem(0, 'No answer', `The system has not answered for ${ms / 1000} s.`);
}

function problemOf(response: Response, text: string): Problem {
  const document = parsed(text);
  const title = typeof document.title === 'string' ? document.title : `Answered ${response.status}`;
  const detail = typeof document.detail === 'string' ? document.detail : 'The answer gave no reason.';
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Problem(response.status, title, detail, document, Number.isFinite(seconds) ? seconds * 1000 : null);
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
