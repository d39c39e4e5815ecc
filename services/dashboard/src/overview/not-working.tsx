import type { Readiness } from '@touchstone/api';
import { t } from 'i18next';
import { type Shown, useAnswer } from '../data/use-answer.ts';

/**
 * Failing parts as the system reports them: rows that differ from the log, lists that are withheld,
 * a server that is gone.
 */
export function NotWorking() {
  const faults = faultsOf(useAnswer<Readiness>('/readyz'));
  if (faults.length === 0) return null;
  return (
    <section className="strip strip-broken" aria-label={t('system.faults')}>
      <ul>
        {faults.map(({ name, message }) => (
          <li key={name}>
            <b>{name}</b> {message}
          </li>
        ))}
      </ul>
      <p>{t('system.doctor')}</p>
    </section>
  );
}

interface Fault {
  readonly name: string;
  readonly message: string;
}

/** Empty while the system does not answer, which another part of the page reports. */
function faultsOf({ data, problem }: Shown<Readiness>): readonly Fault[] {
  const errors = problem?.members.errors;
  if (Array.isArray(errors)) return errors.map(({ path, message }) => ({ name: path, message }));
  if (data === undefined || problem !== undefined) return [];
  return data.checks.flatMap(({ name, status, message = t('system.fails') }) =>
    status === 'ok' ? [] : [{ name, message }],
  );
}
