import { problemSchema } from '@touchstone/api/problem';
import type { z } from 'zod';

/** A proxy's answer may name no type. */
const documentSchema = problemSchema.partial({ type: true });

/** An RFC 9457 problem document as Touchstone sends it. */
export type ProblemDocument = z.infer<typeof documentSchema>;

/** The server answered with an error: `code` names it, and `problem` is its whole document. */
export class TouchstoneError extends Error {
  override readonly name = 'TouchstoneError';
  readonly status: number;
  readonly code: string;
  readonly problem: ProblemDocument;
  constructor(problem: ProblemDocument, request: string) {
    const errors = (problem.errors ?? []).map(({ path, message }) => `\n  ${path || '(whole)'}: ${message}`);
    super(`${request} answered ${problem.status} ${problem.code}: ${problem.detail}${errors.slice(0, 10).join('')}`);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** The server could not be reached, or did not answer in time, in any of the tries. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Parses a problem document, or makes one from the status: a proxy's answer may hold none. */
export function toProblemDocument(status: number, body: string): ProblemDocument {
  try {
    const parsed = documentSchema.safeParse(JSON.parse(body));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: the document below says so.
  }
  return {
    title: 'No problem document',
    status,
    code: `http_${status}`,
    detail: body.slice(0, 500) || 'an empty answer',
  };
}
