import type { Alerts } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { Figure } from '../components/figure.tsx';
import { Time } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Segments } from '../components/segments.tsx';
import { countText, listText, missing } from '../i18n/format.ts';
import { severityText } from '../i18n/words.ts';
import { ListOf } from '../lists/list-page.tsx';
import { type Address, nameIn } from '../selection/address.ts';
import { type Period, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { behindPath } from './failing-link.ts';

type Alert = Alerts['items'][number];
const states = [null, 'firing', 'ended'] as const;

/** The alerts that were told in the period, the newest first. */
export function AlertList({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const [asked, setAsked] = useState<Alert>();
  const chosen = nameIn(states, address.state);
  const path = pathOf('/v1/alerts', { state: chosen, ...spanParameters(period), limit: '100' });
  return (
    <>
      <Segments
        label={t('column.state')}
        names={states}
        chosen={chosen}
        textOf={(state) => (state === null ? t('list.all') : t(`alertList.${state}`))}
        choose={(state) => change({ state: state ?? undefined })}
      />
      <ListOf
        label={t('touchpointsView.alerts')}
        path={path}
        columns={columns(setAsked)}
        keyOf={({ id }: Alert) => id}
        empty={<p>{t('alertList.nothing')}</p>}
      />
      {asked === undefined ? null : (
        <AcknowledgeDialog id={asked.id} name={asked.name} close={() => setAsked(undefined)} />
      )}
    </>
  );
}

const columns = (acknowledge: (alert: Alert) => void): readonly RowColumn<Alert>[] => [
  {
    id: 'severity',
    head: t('alertList.severity'),
    className: 'wide',
    cell: ({ severity }) => <span className={`badge severity-${severity}`}>{severityText(severity)}</span>,
  },
  {
    id: 'name',
    head: t('alertList.alert'),
    className: 'wrap',
    cell: ({ name, kind, failing }) => (
      <>
        <Figure behind={behindPath(failing)} label={name}>
          <bdi className="strong">{name}</bdi>
        </Figure>
        <div className="small muted">{t(`alerts.${kind}`)}</div>
      </>
    ),
  },
  { id: 'began', head: t('alertList.began'), cell: ({ began }) => <Time at={began} /> },
  {
    id: 'ended',
    head: t('alertList.ended'),
    className: 'wide',
    cell: ({ ended }) => (ended === null ? <b className="bad">{t('alertList.fires')}</b> : <Time at={ended} />),
  },
  {
    id: 'because',
    head: t('column.because'),
    className: 'wrap wide',
    cell: ({ because, failures, moments, left, members }) => {
      if (failures !== null && moments !== null)
        return `${listText(because)}: ${t('failing.of', { failures: countText(failures), moments: countText(moments) })}`;
      if (left !== null && members !== null)
        return t('watched.left', { left: countText(left), members: countText(members) });
      return missing;
    },
  },
  {
    id: 'acknowledged',
    head: t('alertList.care'),
    className: 'wrap',
    cell: (alert) =>
      alert.acknowledged === null ? (
        <button type="button" className="link" onClick={() => acknowledge(alert)}>
          {t('alertList.acknowledge')}
          <span className="hidden"> {alert.name}</span>
        </button>
      ) : (
        <>
          <bdi className="strong">{alert.acknowledged.by}</bdi> <bdi>{alert.acknowledged.note}</bdi>
        </>
      ),
  },
];
