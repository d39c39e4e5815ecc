import { currentKey, keyWasNotEnough } from './key.ts';

/** What went wrong with a request, in the words of the API's problem document where it sent one. `status` 0: no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Further members of the document, such as `customers` of a journey id that several customers use. */
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

/** Nobody waits longer for one answer; a system that takes longer is as good as gone. */
const longestWaitMs = 30_000;

/** The text of the answer to GET `path` on this page's own origin. Throws a `Problem`; an abort is thrown as it is. */
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

/** Whatever was thrown in place of an answer. */
export function problemFrom(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'No answer', String(error));
}

/** The system takes connections and does not answer. */
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
