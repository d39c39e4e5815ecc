import { endpoints, FUNNEL_STEPS_MAX, type Where } from '@touchstone/api';
import { levels, promiseStates } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { databaseOf } from '../generations/generations.ts';
import { failureRates } from '../queries/failure-rates.ts';
import { nameShownAs } from '../queries/others.ts';
import { overview } from '../queries/overview.ts';
import { casesOf, type QuestionContext } from './cases.ts';
import { type DifferingJourney, differingJourneys } from './differing-journeys.ts';
import { type FunnelGroup, type FunnelStep, funnel } from './funnel.ts';
import { type PathNode, type Paths, paths } from './paths.ts';
import { variants } from './variants.ts';

/** Two numbers that must be equal. */
export interface Identity {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly ok: boolean;
}

export interface SelfCheck {
  readonly ok: boolean;
  readonly checks: readonly Identity[];
  readonly journeys: readonly DifferingJourney[];
}

/** Identities between answers, of all journeys or those of a type. */
export async function selfCheck(
  { type }: { readonly type?: string | undefined },
  context: QuestionContext,
): Promise<SelfCheck> {
  const where = type === undefined ? {} : { type };
  const checks = [
    ...(await ofSequences(where, context)),
    ...(await ofFunnels(where, context)),
    ...(await ofRows(where, context)),
  ];
  const ok = checks.every((check) => check.ok);
  return { ok, checks, journeys: ok ? [] : await differingJourneys(where, context) };
}

const identity = (name: string, left: number, right: number): Identity => ({ name, left, right, ok: left === right });

async function ofSequences(where: Where, context: QuestionContext): Promise<Identity[]> {
  const asked = endpoints.askPaths.body.parse({});
  const [cases, told, { cases: inVariants }] = [
    await countOf(where, context, (all) => all.table({ steps: {} })),
    await paths({ ...asked, where }, context),
    await variants({ ...asked, where, limit: 1 }, context),
  ];
  const checks = [
    identity('variants = cases', inVariants, cases),
    identity(
      'start = cases',
      flow(told, ({ from }) => from === '(start)'),
      cases,
    ),
  ];
  for (const node of told.nodes)
    if (node.label !== '(other)') checks.push(...(await ofNode(node, told, where, context)));
  return checks;
}

/** How often the edges of some kind are gone along. */
const flow = ({ edges }: Paths, isMeant: (edge: Paths['edges'][number]) => boolean) =>
  edges.reduce((sum, edge) => sum + (isMeant(edge) ? edge.count : 0), 0);

async function ofNode(node: PathNode, told: Paths, where: Where, context: QuestionContext): Promise<Identity[]> {
  const { label } = node;
  const { clickhouse, generation, now } = context;
  const checks: Identity[] = [];
  // Failure rates also count moments of no journey, which have no type.
  if (where.type !== undefined) {
    const asked = { by: ['touchpoint'] as const, type: where.type, touchpoint: label, now };
    const [row] = (await failureRates(clickhouse, generation, asked)).rows;
    checks.push(
      identity(`node ${label} = moments`, node.count, row?.moments ?? 0),
      identity(`node ${label} failures`, node.failures, row?.failures ?? 0),
    );
  }
  const listed = { ...where, touchpoint: nameShownAs(label) ?? label };
  return [
    ...checks,
    identity(`node ${label} journeys`, node.journeys, await countOf(listed, context, (cases) => cases.journeys())),
    identity(
      `into = out of ${label}`,
      flow(told, ({ to }) => to === label),
      flow(told, ({ from }) => from === label),
    ),
  ];
}

const BREAKDOWNS = ['channel', 'team', 'site', 'stage'] as const;
const PARTS = ['journeys', 'converted', 'open', 'dropped'] as const;

/** The funnel of each type along its own steps, by groups and as a whole. */
async function ofFunnels(where: Where, context: QuestionContext): Promise<Identity[]> {
  const checks: Identity[] = [];
  for (const [type, { steps = [] }] of context.definitions) {
    if (where.type !== undefined && where.type !== type) continue;
    const question = endpoints.askFunnel.body.safeParse({ where: { type }, steps: steps.slice(0, FUNNEL_STEPS_MAX) });
    // A type of a single step has no funnel.
    if (!question.success) continue;
    const [whole] = await funnel(question.data, context);
    for (const breakdown of BREAKDOWNS) {
      const groups = await funnel({ ...question.data, breakdown }, context);
      checks.push(...ofGroups(`funnel ${type} by ${breakdown}`, whole!.steps, groups));
    }
    for (const [at, { journeys, converted, open, dropped }] of whole!.steps.entries())
      checks.push(identity(`funnel ${type}, step ${at + 1}`, journeys, converted + open + dropped));
  }
  return checks;
}

function ofGroups(name: string, whole: readonly FunnelStep[], groups: readonly FunnelGroup[]): Identity[] {
  return whole.flatMap((step, at) =>
    PARTS.map((part) => {
      const sum = groups.reduce((total, { steps }) => total + steps[at]![part], 0);
      return identity(`${name}, step ${at + 1} ${part}`, sum, step[part]);
    }),
  );
}

const sidesRow = z.object({ left: count, right: count });

/** Sums over the words that answers split rows by, beside the number of rows. */
async function ofRows(where: Where, context: QuestionContext): Promise<Identity[]> {
  const { clickhouse, generation } = context;
  const database = databaseOf(generation);
  const checks: Identity[] = [];
  if (where.type === undefined) {
    const { customersByStage } = await overview(clickhouse, generation, { latestTrustChanges: 0 });
    const [customers] = await clickhouse.query(
      'SELECT count() AS rows FROM {database:Identifier}.customers FINAL',
      { database },
      rowsRow,
    );
    const inStages = customersByStage.reduce((sum, each) => sum + each.customers, 0);
    checks.push(identity('stages = customers', inStages, customers!.rows));
  }
  const ofType = where.type === undefined ? '' : 'WHERE journey_type = {type:String}';
  const [promises] = await clickhouse.query(
    `SELECT countIf(toString(state) IN (${quoted(promiseStates)})) AS left, count() AS right
     FROM {database:Identifier}.promises FINAL ${ofType}`,
    { database, ...(where.type === undefined ? {} : { type: where.type }) },
    sidesRow,
  );
  const cases = casesOf({ where }, context);
  const [journeys] = await cases.query(
    `SELECT countIf(toString(level) IN (${quoted(levels)})) + countIf(score IS NULL) AS left, count() AS right
     FROM ${cases.journeys()}`,
    sidesRow,
  );
  return [
    ...checks,
    identity('promises', promises!.left, promises!.right),
    identity('levels + unscored = journeys', journeys!.left, journeys!.right),
  ];
}

/** SQL of a list of our own words. */
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');

const rowsRow = z.object({ rows: count });

async function countOf(
  where: Where,
  context: QuestionContext,
  source: (cases: ReturnType<typeof casesOf>) => string,
): Promise<number> {
  const cases = casesOf({ where }, context);
  const [row] = await cases.query(`SELECT count() AS rows FROM ${source(cases)}`, rowsRow);
  return row!.rows;
}
