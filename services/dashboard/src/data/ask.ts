import i18n, { t } from 'i18next';
import { noteServerTime } from './server-time.ts';
import { currentRound, sessionHolds, sessionWasNotEnough } from './session.ts';

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
const never = new AbortController().signal;

/** Path before all others where the page is under one: the server writes it into the page. */
export const BASE_PATH = globalThis.document?.querySelector<HTMLMetaElement>('meta[name=base-path]')?.content ?? '';

interface Asking {
  readonly signal?: AbortSignal | undefined;
  /** Makes the request a POST, unless a method is given. */
  readonly body?: object;
  readonly method?: 'PUT' | 'DELETE';
  readonly waitMs?: number;
}

/**
 * The answer to a question to this page's own origin.
 * @throws Problem; an abort is rethrown unchanged.
 */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  return readJson(await askText(path, asking));
}

/**
 * The answer to a question whose answer is one JSON value a line.
 * @throws Problem; an abort is rethrown unchanged.
 */
export async function askLines<T>(path: string, asking: Asking = {}): Promise<readonly T[]> {
  const text = await askText(path, asking);
  return text.split('\n').flatMap((line) => (line === '' ? [] : [readJson<T>(line)]));
}

/** Answered without a key too, so that an answer says nothing of one. */
const OPEN_TO_ALL = ['/v1/me', '/v1/session', '/readyz'];

export async function askText(path: string, asking: Asking): Promise<string> {
  const { signal = never, body, method = body === undefined ? 'GET' : 'POST', waitMs = longestWaitMs } = asking;
  const round = currentRound();
  const headers: Record<string, string> = { accept: 'application/json, application/x-ndjson' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), waitMs);
  try {
    response = await fetch(`${BASE_PATH}${path}`, {
      method,
      headers,
      signal: AbortSignal.any([signal, limit.signal]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    noteServerTime(response.headers.get('date'));
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    if (limit.signal.aborted) throw noAnswerWithin(waitMs);
    throw new Problem(0, t('problem.noAnswer'), t('problem.unreachable'));
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) {
    if (!OPEN_TO_ALL.includes(path)) sessionHolds(round);
    return text;
  }
  if (response.status === 401) sessionWasNotEnough(round);
  throw problemOf(response, text);
}

/** Converts whatever was thrown instead of an answer. */
export function problemFrom(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, t('problem.noAnswer'), String(error));
}

/** The problem of a system that accepts connections but does not answer. */
export function noAnswerWithin(ms: number): Problem {
  return new Problem(0, t('problem.noAnswer'), t('problem.silentFor', { seconds: ms / 1000 }));
}

function problemOf(response: Response, text: string): Problem {
  const document = parsed(text);
  const title = problemTitle(document, response.status);
  const detail = typeof document.detail === 'string' ? document.detail : t('problem.noReason');
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Problem(response.status, title, detail, document, Number.isFinite(seconds) ? seconds * 1000 : null);
}

/** The title of a problem in the reader's language; one that is new is shown as it came. */
function problemTitle({ code, title }: Record<string, unknown>, status: number): string {
  const known = `problemCode.${String(code)}`;
  if (typeof code === 'string' && i18n.exists(known)) return t(known as 'problemCode.not_found');
  return typeof title === 'string' ? title : t('problem.answered', { status });
}

export function readJson<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Problem(200, t('problem.garbage'), t('problem.garbageDetail'));
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
