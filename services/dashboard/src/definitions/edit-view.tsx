import { useNavigate } from '@tanstack/react-router';
import type { Definitions } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo, useState } from 'react';
import { Panel } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { Undone } from '../components/undone.tsx';
import { ask, type Problem } from '../data/ask.ts';
import type { Shown } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { useAddress, useCarried } from '../frame/links.tsx';
import { DefinitionForm } from './definition-form.tsx';
import { keepDraft, type Read, readDraft, type Shape, useDraft, written } from './draft.ts';
import { byType, type Known, nameOf } from './known-definitions.ts';
import { PathDrawing } from './path-drawing.tsx';
import { putDefinition } from './put-definition.ts';
import { type Fault, useCheck } from './use-schema.ts';

const EMPTY = { type: '', title: '', steps: [], completesOn: [], touchpoints: {} };

/** A definition as a form, as JSON and as a path, and what to do with it. */
export function EditView({ answer }: { answer: Shown<Definitions> }) {
  const { of } = useAddress();
  return (
    <Answered answer={answer} what={t('page.definitions')} rows={10}>
      {(definitions) => {
        const known = byType(definitions).find(({ type }) => type === of);
        return <Editor key={of ?? ''} known={known} reload={answer.reload} />;
      }}
    </Answered>
  );
}

function Editor({ known, reload }: { known: Known | undefined; reload: () => void }) {
  const type = known?.type ?? '';
  const newest = known?.versions[0];
  const start = written(newest?.definition ?? EMPTY);
  const text = useDraft(type) ?? start;
  const read = useMemo(() => readDraft(text), [text]);
  const [last, setLast] = useState<Shape>();
  if (read.shape !== null && read.shape !== last) setLast(read.shape);
  const shape = read.shape ?? last;
  const { faults, problem } = useFaults(read);
  const change = (next: string): void => keepDraft(type, next === start ? null : next);
  return (
    <>
      <h2 className="definition-name">
        {known === undefined
          ? t('definition.new')
          : t('definition.editing', { type, version: newest === undefined ? '' : nameOf(newest) })}
      </h2>
      {shape === undefined ? null : (
        <Panel title={t('definition.path')}>
          <PathDrawing shape={shape} label={t('definition.pathOf', { type })} />
        </Panel>
      )}
      <div className="editor">
        <Panel title={t('definition.form')}>
          <fieldset disabled={read.shape === null} className="plain">
            <legend className="hidden">{t('definition.form')}</legend>
            {read.shape === null ? <p className="note warn">{t('definition.mendJson')}</p> : null}
            {shape === undefined ? null : (
              <DefinitionForm shape={shape} isNew={known === undefined} change={(next) => change(written(next))} />
            )}
          </fieldset>
        </Panel>
        <Panel title={t('definition.json')} note={t('definition.jsonWhy')}>
          <textarea
            className="json"
            spellCheck={false}
            aria-label={t('definition.json')}
            aria-invalid={faults !== null && faults.length > 0}
            rows={Math.min(40, Math.max(16, text.split('\n').length + 1))}
            value={text}
            onChange={({ target }) => change(target.value)}
          />
          <Faults faults={faults} problem={problem} />
        </Panel>
      </div>
      <Steps {...{ type, text, read, faults, reload }} isChanged={text !== start} />
    </>
  );
}

interface Judged {
  /** Null while the schema is being loaded. */
  readonly faults: readonly Fault[] | null;
  /** Why the schema could not be loaded. */
  readonly problem: Problem | undefined;
}

function useFaults(read: Read): Judged {
  const { check, problem } = useCheck();
  const faults = useMemo(() => {
    if (read.fault !== undefined) {
      return [{ path: read.fault === 'shape' ? read.message : '', message: faultText(read) }];
    }
    return check === null ? null : check(read.shape);
  }, [check, read]);
  return { faults, problem };
}

const faultText = (read: Read & { fault: 'json' | 'shape' }): string =>
  read.fault === 'json' ? read.message : t('definition.noShape');

function Faults({ faults, problem }: Judged) {
  return (
    <div role="status" className="faults">
      {faults === null ? (
        <p className={problem === undefined ? 'muted' : 'bad'}>
          {problem === undefined ? t('definition.checking') : t('definition.unchecked', { why: problem.message })}
        </p>
      ) : faults.length === 0 ? (
        <p className="good">{t('definition.sound')}</p>
      ) : (
        <ul>
          {faults.map(({ path, message }) => (
            <li key={`${path} ${message}`} className="bad">
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Try it on history, or record it: it comes into force with a rebuild. */
function Steps(props: {
  type: string;
  text: string;
  read: Read;
  faults: readonly Fault[] | null;
  isChanged: boolean;
  reload: () => void;
}) {
  const { type, text, read, faults, isChanged, reload } = props;
  const navigate = useNavigate();
  const search = useCarried();
  const doing = useDoing(reload);
  const isSound = faults !== null && faults.length === 0 && read.shape !== null;
  const named = read.shape?.type ?? type;
  const go = (view: string): void =>
    void navigate({ to: '/definitions', search: { ...search, view, of: named } as never });
  const tryIt = async (): Promise<void> => {
    // Kept under its type, so that the trial's page can put it.
    keepDraft(named, text);
    if (await doing.start(() => ask('/v1/trial', { body: { definitions: [read.shape] } }))) go('trial');
  };
  const put = async (): Promise<void> => {
    if (!(await doing.start(() => putDefinition(named, read.shape!)))) return;
    keepDraft(type, null);
    keepDraft(named, null);
    void navigate({ to: '/definitions', search: search as never });
  };
  return (
    <section className="panel definition-steps" aria-label={t('definition.next')}>
      <div className="tools">
        <button type="button" className="primary" disabled={!isSound || doing.isBusy} onClick={() => void tryIt()}>
          {t('definition.try')}
        </button>
        <button type="button" disabled={!isSound || !isChanged || doing.isBusy} onClick={() => void put()}>
          {t('definition.put')}
        </button>
        <button type="button" disabled={!isChanged} onClick={() => keepDraft(type, null)}>
          {t('definition.discard')}
        </button>
      </div>
      <p className="small muted">{t('definition.putWhy')}</p>
      <Undone problem={doing.problem} />
    </section>
  );
}
