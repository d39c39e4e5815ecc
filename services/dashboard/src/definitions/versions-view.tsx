import type { Definitions } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Time } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import type { Shown } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { byType, type Known, nameOf } from './known-definitions.ts';
import { PathDrawing } from './path-drawing.tsx';

/** Every journey type: which version is in force, which waits, and how its path goes. */
export function VersionsView({ answer }: { answer: Shown<Definitions> }) {
  return (
    <>
      <p className="definition-tools">
        <PageLink to="/definitions" with={{ view: 'edit' }}>
          {t('definition.new')}
        </PageLink>
      </p>
      <Answered answer={answer} what={t('page.definitions')} rows={8}>
        {(definitions) => {
          const known = byType(definitions);
          return known.length === 0 ? (
            <Empty title={t('definition.none')}>
              <p>{t('definition.noneWhy')}</p>
            </Empty>
          ) : (
            <div className="stack">
              {known.map((each) => (
                <TypePanel key={each.type} known={each} />
              ))}
            </div>
          );
        }}
      </Answered>
    </>
  );
}

function TypePanel({ known }: { known: Known }) {
  const { type, versions, inForce, waiting } = known;
  const shown = inForce ?? waiting ?? versions[0]!;
  return (
    <Panel
      title={shown.definition.title ?? type}
      note={
        <>
          <span className="id">{type}</span>{' '}
          {inForce === undefined ? null : (
            <span className="badge status-completed">{t('definition.inForce', { version: nameOf(inForce) })}</span>
          )}{' '}
          {waiting === undefined ? null : (
            <span className="badge due">{t('definition.waits', { version: nameOf(waiting) })}</span>
          )}
        </>
      }
      tools={
        <span className="tools">
          <PageLink to="/journeys" with={{ type, last: 'all' }}>
            {t('definition.journeys')}
          </PageLink>
          <PageLink to="/definitions" with={{ view: 'edit', of: type }}>
            {t('definition.edit')}
          </PageLink>
        </span>
      }
    >
      <PathDrawing shape={shown.definition} label={t('definition.pathOf', { type })} />
      <details className="versions">
        <summary>{t('definition.versions', { count: versions.length })}</summary>
        <ol>
          {versions.map((version) => (
            <li key={String(version.version)}>
              <b>{nameOf(version)}</b> {t(`definitionState.${version.state}`)}
              {version.putAt === null ? null : (
                <>
                  {' · '}
                  <Time at={version.putAt} />
                </>
              )}{' '}
              {version.version === null || versions.length < 2 ? null : (
                <PageLink to="/definitions" with={{ view: 'compare', of: type, version: String(version.version) }}>
                  {t('definition.compare')}
                </PageLink>
              )}
            </li>
          ))}
        </ol>
      </details>
    </Panel>
  );
}
