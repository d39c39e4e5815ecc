import { type InputError, type ProblemCode, problemCodes, problemSchema } from '@touchstone/api/problem';
import type { z } from 'zod';

export { type InputError, type ProblemCode, problemCodes, problemSchema };

export interface ProblemOptions {
  readonly errors?: readonly InputError[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Further members of the document (RFC 9457 §3.2), e.g. the counts of a request. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/**
 * An error answer. Code below a route throws it, and the error handler turns it into a problem
 * document.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly InputError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  /**
   * `detail` tells a person what was wrong with this request and what to do; it never contains
   * internals.
   */
  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = problemCodes[code].status;
    this.title = problemCodes[code].title;
    this.detail = detail;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The `responses` entries of these statuses, for the OpenAPI description. */
export function problemResponses<Status extends number>(...statuses: Status[]): Record<Status, ProblemResponse> {
  return problemResponsesAs(problemSchema, ...statuses);
}

/** Like {@link problemResponses}, with a schema that has additional members. */
export function problemResponsesAs<Status extends number>(
  schema: z.ZodType,
  ...statuses: Status[]
): Record<Status, ProblemResponse> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: titlesOf(status), content: { [PROBLEM_MEDIA_TYPE]: { schema } } },
    ]),
  ) as Record<Status, ProblemResponse>;
}

export interface ProblemResponse {
  readonly description: string;
  readonly content: { readonly [PROBLEM_MEDIA_TYPE]: { readonly schema: z.ZodType } };
}

function titlesOf(status: number): string {
  const codes = Object.entries(problemCodes).filter(([, entry]) => entry.status === status);
  return codes.map(([code, entry]) => `${entry.title} (\`${code}\`)`).join('; ') || 'Problem';
}

/** The problem document in its wire form. */
export function problemDocument(problem: Problem): Record<string, unknown> {
  return {
    type: `urn:problem-type:touchstone:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...problem.extensions,
  };
}
