import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Trans } from 'react-i18next';
import { clockText } from '../i18n/format.ts';

const LOOK_MS = 2000;

/** When the page last had an answer of the system. */
export function Refreshed() {
  const client = useQueryClient();
  const [at, setAt] = useState(0);
  useEffect(() => {
    const look = (): void =>
      setAt(
        Math.max(
          0,
          ...client
            .getQueryCache()
            .getAll()
            .map(({ state }) => state.dataUpdatedAt),
        ),
      );
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [client]);
  if (at === 0) return null;
  return (
    <span className="refreshed small muted">
      <Trans
        i18nKey="frame.refreshed"
        components={{ time: <time dateTime={new Date(at).toISOString()}>{clockText(at)}</time> }}
      />
    </span>
  );
}
