import type { JourneySummary } from '@touchstone/api';
import { t } from 'i18next';
import { ArrowLeft } from 'lucide-react';
import type { Behind } from '../components/figure.tsx';
import { useTitles } from '../data/titles.ts';
import type { Question } from '../data/use-answer.ts';
import { factorText, factorValueText } from '../drivers/driver-rows.ts';
import { PageLink } from '../frame/links.tsx';
import { durationText } from '../i18n/format.ts';
import { ListOf } from '../lists/list-page.tsx';
import type { Address } from '../selection/address.ts';
import { carried } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { withoutBehind } from './behind.ts';
import { groupText } from './group-text.ts';
import { ColumnMenu, columnsIn } from './journey-columns.tsx';
import { listIn } from './lists-in-address.ts';

/** The journeys behind one figure of a drawing, and the way back to it. */
export function BehindList({ address, question: { path, body } }: { address: Address; question: Question }) {
  const change = useChangeAddress();
  const text = useBehindText(address);
  const selection = carried(address);
  const back = Object.fromEntries(Object.entries(withoutBehind(address)).filter(([name]) => !(name in selection)));
  const columns = columnsIn(address.columns);
  return (
    <>
      <p className="behind-head">
        <PageLink {...roomOf(address, back)} className="tool-button">
          <ArrowLeft aria-hidden="true" /> {t('behind.back')}
        </PageLink>
        <strong>{text}</strong>
      </p>
      <div className="list-tools">
        <ColumnMenu shown={columns.map(({ id }) => id)} choose={(chosen) => change({ columns: chosen })} />
      </div>
      <ListOf
        label={text}
        path={path}
        {...(body === undefined ? {} : { body: { ...body, limit: 100 } })}
        columns={columns}
        keyOf={({ customerId, id }: JourneySummary) => JSON.stringify([customerId, id])}
      />
    </>
  );
}

/** The room whose figure was opened, as the target of a link. */
function roomOf({ factor, recovered }: Address, back: Address): Behind {
  if (recovered !== undefined) return { to: '/promises', with: { ...back, view: 'recovery' } };
  return { to: factor === undefined ? '/journeys' : '/drivers', with: back };
}

/** Whose journeys they are, in a sentence. */
function useBehindText(address: Address): string {
  const { view, step, state = '', value, node, edgeFrom, edgeTo, kind, at, conforming, by } = address;
  const { factor, has, recovered } = address;
  const titles = useTitles();
  const name = (touchpoint = ''): string => titles.touchpoint(touchpoint, address.type) ?? touchpoint;
  if (recovered !== undefined)
    return t(recovered === 'both' ? 'behind.failed' : `behind.recovered_${recovered === 'true'}`);
  if (factor !== undefined) {
    const what = `${factorText(factor)}: ${factorValueText(factor, value ?? '', titles)}`;
    return t(has === 'false' ? 'behind.without' : 'behind.with', { what });
  }
  const group =
    by === undefined || value === undefined ? '' : ` · ${groupText.nameOf(by)}: ${groupText.valueOf(by, value)}`;
  if (view === 'durations') {
    const ends = { from: name(address.begin), to: name(address.end) };
    const known = (['arrived', 'open', 'never'] as const).find((each) => each === state);
    return `${t('behind.duration', ends)} · ${known === undefined ? state : t(`durations.${known}`)}${spanText(address)}${group}`;
  }
  if (step !== undefined) {
    const known = (['reached', 'converted', 'open', 'dropped'] as const).find((each) => each === state);
    const touchpoint = name(listIn(address.steps)[Number(step) - 1]);
    return `${t('behind.step', { step, touchpoint })} · ${known === undefined ? state : t(`funnel.${known}`)}${group}`;
  }
  if (node !== undefined) return t('behind.node', { node: name(node) });
  if (edgeFrom !== undefined) return t('behind.edge', { from: name(edgeFrom), to: name(edgeTo) });
  if (kind !== undefined) {
    const known = (['unexpected', 'repeated', 'missing', 'out-of-order'] as const).find((each) => each === kind);
    return `${known === undefined ? kind : t(`deviation.${known}`)}: ${name(at)}`;
  }
  return conforming === 'true' ? t('conformance.conforming') : t('conformance.deviating');
}

function spanText({ minMs, maxMs }: Address): string {
  if (minMs === undefined) return '';
  const from = durationText(Number(minMs));
  return ` · ${maxMs === undefined ? t('durations.longer', { from }) : `${from} – ${durationText(Number(maxMs))}`}`;
}
