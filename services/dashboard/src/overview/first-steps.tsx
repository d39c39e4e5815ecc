import { t } from 'i18next';
import { useState } from 'react';
import { Trans } from 'react-i18next';
import { Command } from '../components/states.tsx';
import { BASE_PATH } from '../data/ask.ts';
import { DocsLink } from '../frame/links.tsx';

/** Shown before anything is published: how to get the first figure. */
export function FirstSteps() {
  // Made once, because a command that changes while it is being read cannot be copied by hand.
  const [command] = useState(() => firstEvent(location.origin + BASE_PATH));
  return (
    <section className="panel narrow" aria-labelledby="first">
      <h2 id="first">{t('first.title')}</h2>
      <p>{t('first.publish')}</p>
      <Command text={command} />
      <p>
        <Trans i18nKey="first.demo" components={{ code: <code /> }} />
      </p>
      <Command text="npx --yes pnpm@12 start --demo" />
      <p className="small muted">
        <Trans i18nKey="first.docs" components={{ docs: <DocsLink /> }} />
      </p>
    </section>
  );
}

function firstEvent(origin: string): string {
  const event = {
    specversion: '1.0',
    id: 'first-1',
    source: '/hello',
    type: 'touchstone.moment.recorded.v1',
    subject: 'alice',
    time: new Date().toISOString(),
    data: {
      journeyId: 'order-1',
      journeyType: 'order',
      touchpoint: 'delivery.received',
      channel: 'parcel',
      outcome: 'succeeded',
      expectation: 4,
      perception: 5,
    },
  };
  const body = JSON.stringify(event, null, 2);
  return `curl ${origin}/v1/events \\\n  -H 'content-type: application/cloudevents+json' \\\n  -d '${body}'`;
}
