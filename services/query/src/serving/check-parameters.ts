import { gatherAttributes } from '@touchstone/api';
import { type InputError, Problem } from '@touchstone/runtime';
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';

/**
 * Validates the input of a route and answers with every fault at once: its parameter and how to fix
 * it. Unknown parameters, and parameters given twice, are faults.
 */
export const compileParameters: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart, method }) => {
  if (httpPart === 'headers') return (data: unknown) => ({ value: data });
  const isQuery = httpPart === 'querystring';
  return (data: unknown) => {
    const input = isQuery && takesAttributes(schema) ? gatherAttributes(data as Query) : data;
    const parsed = schema.safeParse(input);
    if (parsed.success) return { value: parsed.data };
    const errors = parsed.error.issues.flatMap((issue) => faultsOf(schema, issue, input, isQuery));
    return { error: invalid(method ?? '', httpPart ?? 'request', errors) };
  };
};

type Query = Readonly<Record<string, unknown>>;

function takesAttributes(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && 'attributes' in schema.shape;
}

/** The names of a query's parameters. */
function namesIn(schema: z.ZodType): readonly string[] {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.map((name) => (name === 'attributes' ? 'attribute.<name>' : name));
}

function faultsOf(schema: z.ZodType, issue: z.core.$ZodIssue, input: unknown, isQuery: boolean): InputError[] {
  if (issue.code === 'invalid_union') {
    const meant = formMeant(issue);
    if (meant !== undefined) return meant.flatMap((inner) => faultsOf(schema, inner, input, isQuery));
  }
  const inAttributes = isQuery && issue.path[0] === 'attributes';
  const path = issue.path.slice(inAttributes ? 1 : 0).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = namesIn(schema).join(', ');
    const message = !isQuery
      ? 'is not known here'
      : `is not a parameter here; ${known === '' ? 'there are none' : `there are: ${known}`}`;
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message }));
  }
  if (isQuery && Array.isArray(valueAt(input, issue.path))) return [{ path, message: 'must be given once' }];
  return [{ path, message: issue.message }];
}

/**
 * The issues of the one form of a union whose type the value has, at their places in the input: zod
 * only says that the whole value fits none.
 */
function formMeant({ errors, path }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const ofType = errors.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type'),
  );
  if (ofType.length !== 1) return undefined;
  return ofType[0]!.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

function invalid(method: string, httpPart: string, errors: readonly InputError[]): Problem {
  const where = httpPart === 'querystring' ? 'query' : httpPart === 'params' ? 'path' : httpPart;
  const faults = errors.slice(0, 5).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = errors.length > 5 ? `; and ${errors.length - 5} more` : '';
  // The body of every PUT is a definition.
  const code = httpPart === 'body' && method === 'PUT' ? 'invalid_definition' : 'invalid_query';
  return new Problem(code, `The ${where} is not as it must be: ${faults.join('; ')}${more}`, { errors });
}
