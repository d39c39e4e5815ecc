import { t } from 'i18next';
import { useState } from 'react';
import { Panel } from '../components/parts.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { useEventsOf } from '../data/event-lines.ts';

/** The events of a journey as they were published, asked for only when somebody wants them. */
export function RawEvents({ journeyId, customerId }: { journeyId: string; customerId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Panel
      title={t('raw.title')}
      tools={
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? t('raw.hide') : t('raw.show')}
        </button>
      }
    >
      {isOpen ? <Lines journeyId={journeyId} customerId={customerId} /> : null}
    </Panel>
  );
}

function Lines({ journeyId, customerId }: { journeyId: string; customerId: string }) {
  const { events, isCut, problem } = useEventsOf(customerId);
  if (events === undefined) {
    return problem === undefined ? (
      <Loading what={t('raw.title')} rows={4} />
    ) : (
      <Failed problem={problem} reload={() => undefined} what={t('raw.title')} />
    );
  }
  const own = events.filter(({ data }) => data?.journeyId === journeyId);
  return (
    <>
      <p className="small muted">{t(isCut ? 'raw.cut' : 'raw.count', { count: own.length })}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre className="raw" tabIndex={0}>
        {own.map((event) => JSON.stringify(event, null, 2)).join('\n')}
      </pre>
    </>
  );
}
