import { useNavigate } from '@tanstack/react-router';
import { t } from 'i18next';
import { type FormEvent, useId, useState } from 'react';
import { Panel } from '../components/parts.tsx';
import { Segments } from '../components/segments.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { readAgain } from '../data/change.ts';
import type { Question } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { PageLink, useCarried } from '../frame/links.tsx';
import { currentTimeZone } from '../i18n/format.ts';
import type { Period } from '../selection/selection.ts';
import { AlertFields } from './alert-fields.tsx';
import { BacktestPanel } from './backtest-panel.tsx';
import { backtestSpan } from './backtest-span.ts';
import { bodyOf, type Draft, draftOf, type Kind } from './drafts.ts';

const clocks = ['stored', 'event'] as const;
type Clock = (typeof clocks)[number];

interface Given {
  readonly kind: Kind;
  readonly name: string | undefined;
  readonly items: Readonly<Record<Kind, object | undefined>>;
  readonly period: Period;
  readonly now: string;
}

/** Tries an objective or a heartbeat on history, and then puts it; a watch is put as it is. */
export function AlertForm({ kind, name: kept, items, period, now }: Given) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(kind, items[kind], currentTimeZone()));
  const [name, setName] = useState(kept ?? '');
  const [clock, setClock] = useState<Clock>('stored');
  const [tried, setTried] = useState<string>();
  const id = useId();
  const body = bodyOf(kind, draft);
  const span = backtestSpan(period, now);
  const question: Question | null =
    kind === 'watch' ? null : { path: `/v1/${kind}s/backtest`, body: { [kind]: body, ...span, clock } };
  const isTried = question === null || tried === JSON.stringify(question);
  const { isBusy, problem, save } = useSaving(kind, name, body);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isTried) save();
    else setTried(JSON.stringify(question));
  };
  return (
    <div className="form-with-result">
      <Panel
        title={t(`watched.${kept === undefined ? 'new' : 'change'}.${kind}`)}
        note={t(`watched.meaning.${kind}`)}
        tools={
          <PageLink to="/touchpoints" with={{ view: 'objectives', edit: undefined, name: undefined }} className="small">
            {t('watched.back')}
          </PageLink>
        }
      >
        <form className="fields" onSubmit={submit}>
          <label htmlFor={id}>{t('watched.name')}</label>
          <input
            id={id}
            required
            pattern="[A-Za-z0-9_.\-]{1,64}"
            title={t('watched.nameRule')}
            value={name}
            readOnly={kept !== undefined}
            onChange={({ target }) => setName(target.value)}
          />
          <AlertFields {...{ kind, draft }} change={(field, value) => setDraft({ ...draft, [field]: value })} />
          {question === null ? null : (
            <>
              <span>{t('backtest.clock')}</span>
              <Segments
                label={t('backtest.clock')}
                names={clocks}
                chosen={clock}
                textOf={(each) => t(`backtest.${each}`)}
                choose={setClock}
              />
            </>
          )}
          <p className="fields-end">
            <button type="submit" className={isTried ? 'primary' : ''} disabled={isBusy}>
              {t(isTried ? 'watched.save' : 'backtest.try')}
            </button>
            <span className="small muted">
              {t(question === null ? 'watched.noBacktest' : isTried ? 'watched.willSave' : 'backtest.first')}
            </span>
          </p>
        </form>
        <Undone problem={problem} />
      </Panel>
      {question === null || tried === undefined ? null : (
        <BacktestPanel
          kind={kind === 'objective' ? 'objective' : 'heartbeat'}
          question={JSON.parse(tried) as Question}
          {...{ span, isTried }}
        />
      )}
    </div>
  );
}

/** Puts it under its name, and goes back to the list that shows it. */
function useSaving(kind: Kind, name: string, body: object) {
  const navigate = useNavigate();
  const carried = useCarried();
  const { isBusy, problem, start } = useDoing();
  const list = ({ objective: '/v1/objectives', heartbeat: '/v1/heartbeats', watch: '/v1/watches' } as const)[kind];
  const save = (): void =>
    void start(async () => {
      await ask(`${list}/${encodeURIComponent(name)}`, { method: 'PUT', body });
      await readAgain(list);
      await navigate({ to: '/touchpoints', search: { ...carried, view: 'objectives' } } as never);
    });
  return { isBusy, problem, save };
}
