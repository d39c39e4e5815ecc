import { z } from 'zod';
import type { Scope } from './vocabulary.ts';

export const tags = [
  { name: 'Publishing', description: 'Events in; what was rejected, and sending it again' },
  { name: 'Journeys', description: 'One customer pursuing one goal, scored 0..100' },
  { name: 'Customers', description: 'Trust stages, loyalty and how they came about' },
  { name: 'Touchpoints', description: 'Where moments succeed and fail' },
  { name: 'Questions', description: 'Many journeys at once: funnels, paths, variants, conformance, durations' },
  { name: 'Ledgers', description: 'Promises, complaints, moves between trust stages' },
  { name: 'Alerts', description: 'Objectives, heartbeats, watches, and trying them on history' },
  { name: 'Exports', description: 'Whole tables as files for other tools' },
  { name: 'Definitions', description: 'What a journey type is' },
  { name: 'Workspace', description: 'Searching, and what people keep: views, marks on time axes, work taken' },
  { name: 'Access', description: 'Who asks, signing in with a key, what is configured' },
  { name: 'Running', description: 'Health, progress, rebuilding' },
] as const;
export type Tag = (typeof tags)[number]['name'];

/** One operation of the API, as the service, the description, the client and the page need it. */
export interface Endpoint {
  /** Its name in generated clients: a verb and what it is of. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parameters stand in it as `:name`. */
  readonly path: `/v1/${string}`;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Scope that a key needs to call the endpoint; `public`: none, not even a key. */
  readonly scope: Scope | 'public';
  /**
   * The wait before the answer: `position` for that of `Touchstone-After`; `rows`, for answers over
   * many customers, also for deadlines that have passed; `never` does not take the header.
   */
  readonly waits: 'never' | 'nothing' | 'position' | 'rows';
  readonly params?: z.ZodObject;
  readonly query: z.ZodObject;
  /** A JSON body. */
  readonly body?: z.ZodType;
  /** Bodies of an endpoint that takes several media types. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  readonly answer: z.ZodType;
  /** Media type of the answer; JSON unless told. */
  readonly answerType?: string;
  /** Description of the answer; the summary unless told. */
  readonly answerMeaning?: string;
  /** 202 for what has only begun when it is answered. */
  readonly status?: 202;
  /** Statuses of problems beyond those that every operation may answer. */
  readonly problems?: readonly number[];
  /** Problem documents with members of their own, and their statuses. */
  readonly problemAnswers?: readonly { readonly answer: z.ZodType; readonly statuses: readonly number[] }[];
}

export function endpoint<const Declared extends Endpoint>(declared: Declared): Declared {
  return declared;
}

/** The header `Touchstone-After`; every endpoint takes it that does not wait `never`. */
export const afterHeader = z.object({
  'touchstone-after': z
    .string()
    .optional()
    .describe(
      'A log position, as publishing answered it: answer once the read model has reached it (read your own writes), or 503 after 5 s. A position beyond the end of the log is answered with 409 and that end, at once.',
    ),
});

type ReadonlyDeep<Value> = Value extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
    : Value;

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type InputOf<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;

/** A parsed request: times in ms since 1970, numbers as numbers. */
export interface Request<E extends Endpoint> {
  readonly params: OutputOf<E['params']>;
  readonly query: z.output<E['query']>;
  readonly body: OutputOf<E['body']>;
}

/** Some of an endpoint's parsed parameters. */
export type Asked<E extends Endpoint> = Readonly<Partial<z.output<E['query']>>>;

/** An answer before it is encoded: times in ms since 1970, positions as bigint. */
export type Told<E extends Endpoint> = ReadonlyDeep<z.output<E['answer']>>;

/** An answer in its wire form: JSON, times and positions as text. */
export type Answer<E extends Endpoint> = ReadonlyDeep<z.input<E['answer']>>;

/** A parameter of a call: its text, or its value. */
type ParameterOf<Query extends z.ZodType, Key extends keyof z.input<Query>> =
  | z.input<Query>[Key]
  | z.output<Query>[Key & keyof z.output<Query>]
  | undefined;

/** The input of a client's call. */
export type Call<E extends Endpoint> = PartOf<'params', InputOf<E['params']>> &
  PartOf<'body', InputOf<E['body']>> & {
    readonly query?: { readonly [Key in keyof z.input<E['query']>]?: ParameterOf<E['query'], Key> };
  };

type PartOf<Name extends string, Value> = undefined extends Value
  ? { readonly [Key in Name]?: Value }
  : { readonly [Key in Name]: Value };
