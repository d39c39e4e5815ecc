import { useState } from 'react';
import { Command } from '../states.tsx';

/** Shown before anything is published: how to get the first figure. */
export function FirstSteps() {
  // Made once, because a command that changes while it is being read cannot be copied by hand.
  const [command] = useState(() => firstEvent(location.origin));
  return (
    <section className="panel narrow" aria-labelledby="first">
      <h2 id="first">Nothing has been published yet</h2>
      <p>Publish a first moment of truth. This page shows it within seconds, by itself.</p>
      <Command text={command} />
      <p>
        Or look at a simulated shop: stop the system and start it with <code>--demo</code>.
      </p>
      <Command text="npx --yes pnpm@12 start --demo" />
      <p className="small muted">
        All event types and their fields: <a href="/docs">API reference</a>.
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
