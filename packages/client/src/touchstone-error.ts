import { z } from 'zod';

const problemSchema = z.looseObject({
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** An RFC 9457 problem document as Touchstone sends it. */
export type ProblemDocument = z.infer<typeof problemSchema>;

/** An answer that is not what was asked for. `code` says which, `problem` all that the server told about it. */
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

/** The server could not be reached, or did not answer in time, however often it was tried. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Something between the server and us (a proxy) may answer without a problem document. */
export function toProblemDocument(status: number, body: string): ProblemDocument {
  try {
    const parsed = problemSchema.safeParse(JSON.parse(body));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: told below.
  }
  return {
    title: 'No problem document',
    status,
    code: `http_${status}`,
    detail: body.slice(0, 500) || 'an empty answer',
  };
}
