import type { Objectives } from '@touchstone/api';
import { t } from 'i18next';
import type { ReactNode } from 'react';
import { Time } from '../components/parts.tsx';
import { PageLink } from '../frame/links.tsx';
import { severityText } from '../i18n/words.ts';
import type { Kind } from './drafts.ts';

type Firing = Objectives['items'][number]['firing'];

/** One of them: its name, what it is about, what fires, and the way to its form. */
export function Card(props: { kind: Kind; name: string; what: ReactNode; firing: Firing; children: ReactNode }) {
  const { kind, name, what, firing, children } = props;
  return (
    <li className={`card ${firing.length > 0 ? 'card-firing' : ''}`}>
      <div className="card-head">
        <h3>
          <bdi>{name}</bdi>
        </h3>
        {firing.map(({ alertId, severity, began }) => (
          <span key={alertId} className={`badge severity-${severity}`}>
            {severityText(severity)} <Time at={began} />
          </span>
        ))}
        <PageLink to="/touchpoints" with={{ view: 'objectives', edit: kind, name }} className="small card-edit">
          {t('watched.edit')}
          <span className="hidden"> {name}</span>
        </PageLink>
      </div>
      <p className="small muted">{what}</p>
      {children}
    </li>
  );
}
