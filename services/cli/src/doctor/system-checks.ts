import { endpoints, type Readiness } from '@touchstone/api';
import { readiness } from '@touchstone/api/health';
import { type Client, TouchstoneError } from '@touchstone/client';
import { ask, assertExpected } from '../ask.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good, unknown } from './check.ts';
import { clockCheck } from './clock.ts';
import { lastDayCheck } from './last-day.ts';
import { selfCheck } from './self-check.ts';

/**
 * Checks a running system by its own answers: that it is ready, and that no event is lost.
 * `patient` is a client with a longer time-out, for counting a day's events.
 */
export async function systemChecks(
  client: Client,
  patient: Client,
  url: string,
): Promise<{ readonly isUp: boolean; readonly checks: Check[] }> {
  const what = `system at ${url}`;
  let ready: Readiness;
  try {
    const answer = await client.get('/readyz');
    assertExpected(readiness, answer, '/readyz');
    ready = answer;
  } catch (error) {
    if (!(error instanceof TouchstoneError)) return { isUp: false, checks: [unknown(what, 'none answers there')] };
    const faults = (error.problem.errors ?? []).map(({ path, message }) => `${path} ${message}`).join('; ');
    const found = faults || error.problem.detail;
    return { isUp: true, checks: [bad(what, found, 'Its log says more; what it names must work again.')] };
  }
  const checks = [
    ...readinessChecks(what, ready),
    await conservationCheck(client),
    await dayCheck(patient),
    await answersCheck(patient),
    await timeCheck(client),
    ...(await lostChecks(client)),
  ];
  return { isUp: true, checks };
}

/**
 * A failing part beside the service does not make the system unready, but it is a fault all the
 * same.
 */
function readinessChecks(what: string, { checks }: Readiness): Check[] {
  const failing = checks.filter(({ status }) => status !== 'ok');
  if (failing.length === 0) return [good(what, 'ready')];
  const found = failing.map(({ name, message = 'fails' }) => `${name} ${message}`).join('; ');
  return [bad(what, `ready, but ${found}`, 'What is published over HTTP is stored; what it names must work again.')];
}

async function conservationCheck(client: Client): Promise<Check> {
  const what = 'conservation';
  try {
    const position = await ask(client, endpoints.getPosition, {});
    const { accepted, cut, stored, projectedEvents, parked, log, projected, lagMs } = position;
    const left = cut === 0 ? '' : `gone from the log ${whole(cut)}, `;
    const counts = `accepted ${whole(accepted)}, ${left}stored ${whole(stored)}, projected ${whole(projectedEvents)}, parked ${whole(parked)}`;
    if (accepted !== stored + cut) {
      return bad(what, counts, 'What was accepted is not what is stored. Stop publishing and restore the event store.');
    }
    if (log !== projected) return unknown(what, `${counts}; still projecting, ${Math.round(lagMs / 1000)} s behind`);
    if (stored !== projectedEvents + parked) {
      return bad(what, counts, 'Rows are missing: `pnpm touchstone rebuild` makes them anew from the log.');
    }
    if (parked > 0) return bad(what, counts, 'Events could not be taken: `pnpm touchstone parked` names them and why.');
    return good(what, counts);
  } catch (error) {
    return unreadable(what, error);
  }
}

async function dayCheck(client: Client): Promise<Check> {
  try {
    return await lastDayCheck(client, Date.now());
  } catch (error) {
    return unreadable('events of the last day', error);
  }
}

async function answersCheck(client: Client): Promise<Check> {
  try {
    return await selfCheck(client);
  } catch (error) {
    return unreadable('answers to each other', error);
  }
}

/** No check if nothing is lost. */
async function lostChecks(client: Client): Promise<Check[]> {
  const what = 'history of the log';
  try {
    const { items } = await ask(client, endpoints.getLostHistory, {});
    return items.map(({ foundAt, events, customers }) =>
      bad(
        what,
        `put back from a backup, found at ${foundAt}: ${whole(events)} events and all of ${whole(customers)} customers are missing`,
        '`pnpm touchstone lost` names them: have them published again, then `pnpm touchstone lost --dismiss`.',
      ),
    );
  } catch (error) {
    return error instanceof TouchstoneError && error.status === 404 ? [] : [unreadable(what, error)];
  }
}

async function timeCheck(client: Client): Promise<Check> {
  try {
    return await clockCheck(client);
  } catch (error) {
    return unreadable('clock', error);
  }
}

function unreadable(what: string, error: unknown): Check {
  if (error instanceof TouchstoneError && (error.status === 401 || error.status === 403)) {
    return unknown(what, 'cannot be read without a key (--key, scope read)');
  }
  return bad(what, (error as Error).message, 'The system answers, but not this.');
}
