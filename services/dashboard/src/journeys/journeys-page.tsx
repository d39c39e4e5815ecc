import { t } from 'i18next';
import type { ReactNode } from 'react';
import { NoPeriod } from '../components/no-period.tsx';
import { Empty, Loading, usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { usePeriod } from '../data/use-now.ts';
import { useAddress } from '../frame/links.tsx';
import { type Address, nameIn } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { questionBehind } from './behind.ts';
import { BehindList } from './behind-list.tsx';
import { CompareMenu } from './compare-menu.tsx';
import { DurationsSettings, DurationsView, endsIn } from './durations-view.tsx';
import { FunnelSettings } from './funnel-settings.tsx';
import { FunnelView } from './funnel-view.tsx';
import { MapView, TypeChoice } from './map-view.tsx';
import { otherSelection } from './other-selection.ts';
import { PathsSettings, PathsView } from './paths-view.tsx';
import { type Side, Sides } from './sides.tsx';
import { TableView } from './table-view.tsx';
import { type Steps, useSteps, useTyped } from './use-steps.ts';
import { VariantsView } from './variants-view.tsx';

const views = ['table', 'map', 'funnel', 'paths', 'variants', 'durations'] as const;
type View = (typeof views)[number];

/** Many journeys, looked at in several ways; the selection is the same in all of them. */
export function JourneysPage() {
  usePageTitle(t('page.journeys'));
  const address = useAddress();
  const period = usePeriod(address);
  const view = nameIn(views, address.view);
  const behind = period === null ? null : questionBehind(address, period);
  return (
    <>
      <h1>{t('page.journeys')}</h1>
      <div className="room-head">
        <SubPages
          to="/journeys"
          label={t('journeysView.title')}
          names={views}
          textOf={(name) => t(`journeysView.${name}`)}
          keeps={['against']}
        />
        {period === null || behind !== null ? null : <CompareMenu address={address} period={period} />}
      </div>
      {period === null ? (
        <NoPeriod what={t('page.journeys')} />
      ) : behind !== null ? (
        <BehindList address={address} question={behind} />
      ) : (
        <Viewed key={view} view={view} address={address} period={period} />
      )}
    </>
  );
}

interface Viewing {
  readonly address: Address;
  readonly period: Period;
}

function Viewed({ view, ...viewing }: Viewing & { view: View }) {
  switch (view) {
    case 'table':
      return <Drawn {...viewing}>{(side) => <TableView {...side} />}</Drawn>;
    case 'paths':
      return (
        <Drawn {...viewing} settings={<PathsSettings address={viewing.address} />}>
          {(side) => <PathsView side={side} />}
        </Drawn>
      );
    case 'variants':
      return <Drawn {...viewing}>{(side) => <VariantsView side={side} />}</Drawn>;
    default:
      return <AlongSteps view={view} {...viewing} />;
  }
}

function Drawn({
  address,
  period,
  settings,
  children,
}: Viewing & { settings?: ReactNode; children: (side: Side) => ReactNode }) {
  return (
    <>
      {settings}
      <Sides address={address} other={otherSelection(address, period)}>
        {children}
      </Sides>
    </>
  );
}

/** Views that follow touchpoints, which are the same ones for both selections. */
function AlongSteps({ view, address: given, period }: Viewing & { view: 'map' | 'funnel' | 'durations' }) {
  const typed = useTyped(given);
  const address = view === 'map' ? typed : given;
  const { steps: _, ...unchosen } = address;
  const { steps, from } = useSteps(view === 'map' ? unchosen : address, period);
  if (view === 'map' && address.type === undefined) return <TypeChoice />;
  if (steps === undefined) return <Loading what={t(`journeysView.${view}`)} rows={8} />;
  if (steps.length < 2) {
    return (
      <>
        {view === 'funnel' ? <FunnelSettings address={address} steps={steps} /> : null}
        <Empty title={t('list.nothing')}>
          <p>{t('steps.none')}</p>
        </Empty>
      </>
    );
  }
  return <Along view={view} address={address} period={period} steps={steps} from={from} />;
}

function Along(
  props: Viewing & { view: 'map' | 'funnel' | 'durations'; steps: readonly string[]; from: Steps['from'] },
) {
  const { view, steps, from, ...viewing } = props;
  if (view === 'map')
    return <Drawn {...viewing}>{(side) => <MapView side={side} steps={steps} isOfWay={from === 'way'} />}</Drawn>;
  if (view === 'funnel') {
    return (
      <Drawn {...viewing} settings={<FunnelSettings address={viewing.address} steps={steps} />}>
        {(side) => <FunnelView side={side} steps={steps} />}
      </Drawn>
    );
  }
  const ends = endsIn(viewing.address, steps);
  return (
    <Drawn {...viewing} settings={<DurationsSettings address={viewing.address} ends={ends} />}>
      {(side) => <DurationsView side={side} ends={ends} />}
    </Drawn>
  );
}
