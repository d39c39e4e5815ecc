import type { Question } from '../data/use-answer.ts';
import type { Address } from '../selection/address.ts';
import { type Period, parametersOf, pathOf, spanParameters } from '../selection/selection.ts';
import { behindNames } from './behind-names.ts';
import { listIn } from './lists-in-address.ts';
import { conformanceBody, durationsBody, funnelBody, pathsBody } from './questions-of-views.ts';
import { whereIn } from './where-asked.ts';

/** The question for the journeys behind the figure that an address names; null if it names none. */
export function questionBehind(address: Address, period: Period): Question | null {
  const { step, state, value, node, edgeFrom, edgeTo, kind, at, conforming, factor, recovered } = address;
  if (recovered !== undefined) return { path: recoveryPath(address, period) };
  if (factor !== undefined) {
    const { outcome, unit, has } = address;
    const body = { where: whereIn(address, period), outcome, unit, factor, value, has: has !== 'false' };
    return { path: '/v1/analytics/drivers/journeys', body };
  }
  const ofGroup = value === undefined ? {} : { value };
  if (address.view === 'durations') {
    if (state === undefined) return null;
    const body = {
      ...durationsBody(address, period, [address.begin ?? '', address.end ?? '']),
      state,
      ...ofGroup,
      ...limits(address),
    };
    return { path: '/v1/analytics/durations/journeys', body };
  }
  if (step !== undefined && state !== undefined) {
    const body = { ...funnelBody(address, period, listIn(address.steps)), step: Number(step), state, ...ofGroup };
    return { path: '/v1/analytics/funnel/journeys', body };
  }
  const paths = '/v1/analytics/paths/journeys';
  if (node !== undefined) return { path: paths, body: { ...pathsBody(address, period), node } };
  if (edgeFrom !== undefined && edgeTo !== undefined) {
    return { path: paths, body: { ...pathsBody(address, period), edge: { from: edgeFrom, to: edgeTo } } };
  }
  const conformance = '/v1/analytics/conformance/journeys';
  if (kind !== undefined && at !== undefined) {
    return { path: conformance, body: { ...conformanceBody(address, period), deviation: { kind, touchpoint: at } } };
  }
  if (conforming === undefined) return null;
  return { path: conformance, body: { ...conformanceBody(address, period), conforming: conforming === 'true' } };
}

/** The address knows those that were recovered, those that were not, and both. */
function recoveryPath(address: Address, period: Period): string {
  const { recovered, known } = address;
  return pathOf('/v1/recovery/journeys', {
    ...parametersOf(address, ['type']),
    ...spanParameters(period),
    recovered: recovered === 'both' ? undefined : recovered,
    outcome: known,
    limit: '100',
  });
}

const limits = ({ minMs, maxMs }: Address) => ({
  ...(minMs === undefined ? {} : { minMs: Number(minMs) }),
  ...(maxMs === undefined ? {} : { maxMs: Number(maxMs) }),
});

/** The address of the drawing from which the journeys were opened. */
export const withoutBehind = (address: Address): Address =>
  Object.fromEntries(Object.entries(address).filter(([name]) => !behindNames.includes(name)));
