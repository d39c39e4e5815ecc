import type { Worklist } from '@touchstone/api';
import { JourneyLink } from '../frame/links.tsx';
import { worklistText } from '../i18n/words.ts';

type Reasons = Worklist['items'][number]['reasons'];

/** Why a customer needs somebody; a reason with a journey opens it. */
export function ReasonTags({ reasons, customerId }: { reasons: Reasons; customerId: string }) {
  return (
    <span className="reasons">
      {reasons.map(({ reason, since, journeyId, promiseId, complaintId }) => {
        const key = JSON.stringify([reason, since, journeyId, promiseId, complaintId]);
        const className = `badge worklist-${reason}`;
        return journeyId === undefined ? (
          <span key={key} className={className}>
            {worklistText(reason)}
          </span>
        ) : (
          <JourneyLink key={key} id={journeyId} customerId={customerId} className={className}>
            {worklistText(reason)}
          </JourneyLink>
        );
      })}
    </span>
  );
}
