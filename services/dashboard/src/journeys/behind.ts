import type { Question } from '../data/use-answer.ts';
import type { Address } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { behindNames } from './behind-names.ts';
import { listIn } from './lists-in-address.ts';
import { conformanceBody, durationsBody, funnelBody, pathsBody } from './questions-of-views.ts';

/** The question for the journeys behind the figure that an address names; null if it names none. */
export function questionBehind(address: Address, period: Period): Question | null {
  const { step, state, value, node, edgeFrom, edgeTo, kind, at, conforming } = address;
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

const limits = ({ minMs, maxMs }: Address) => ({
  ...(minMs === undefined ? {} : { minMs: Number(minMs) }),
  ...(maxMs === undefined ? {} : { maxMs: Number(maxMs) }),
});

/** The address of the drawing from which the journeys were opened. */
export const withoutBehind = (address: Address): Address =>
  Object.fromEntries(Object.entries(address).filter(([name]) => !behindNames.includes(name)));
