import { t } from 'i18next';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { PageLink } from '../frame/links.tsx';
import { bucketText, scoreText } from '../i18n/format.ts';
import { AxisMarks } from '../marks/axis-marks.tsx';
import { lineThrough } from './course-line.ts';
import type { CourseRow, Measures } from './period-questions.ts';

const WIDTH = 1000;
const HEIGHT = 150;
const GRID = [0, 25, 50, 75, 100] as const;
const lines = ['score', 'csat'] as const;

/** Journey scores and satisfaction over the period, on one scale from 0 to 100. */
export function CoursePanel({ measures }: { measures: Measures }) {
  return (
    <Panel
      title={t('course.title')}
      note={t('course.note')}
      tools={
        <PageLink to="/journeys" with={{ minScore: '0', sort: 'score' }} className="small">
          {t('course.open')}
        </PageLink>
      }
    >
      <Answered answer={measures.course} what={t('course.title')} rows={4}>
        {({ rows }) => {
          const course = measures.courseOf(rows);
          return course.length < 2 ? (
            <p className="small muted river-short">{t('river.short')}</p>
          ) : (
            <Course rows={course} isFine={measures.isFine} />
          );
        }}
      </Answered>
    </Panel>
  );
}

function Course({ rows, isFine }: { rows: readonly CourseRow[]; isFine: boolean }) {
  const [start, end] = [rows[0]!.at, rows.at(-1)!.at];
  return (
    <>
      <div className="course-box">
        <svg className="course" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {GRID.map((value) => (
            <path key={value} className="course-grid" d={`M0 ${yOf(value)}H${WIDTH}`} />
          ))}
          {lines.map((name) => (
            <path
              key={name}
              className={`course-line course-${name}`}
              d={lineThrough(
                rows.map(({ at, of }) => {
                  const value = of(name)?.value ?? null;
                  return value === null ? null : [((at - start) / (end - start)) * WIDTH, yOf(value)];
                }),
              )}
            />
          ))}
        </svg>
        <AxisMarks start={start} end={end} />
        <p className="river-axis small muted" aria-hidden="true">
          {[0, Math.floor((rows.length - 1) / 2), rows.length - 1].map((index) => (
            <span key={index}>{bucketText(rows[index]!.at, isFine)}</span>
          ))}
        </p>
      </div>
      <ul className="legend small muted" aria-hidden="true">
        {lines.map((name) => (
          <li key={name}>
            <i className={`swatch course-swatch-${name}`} /> {t(`tile.${name}`)}
          </li>
        ))}
      </ul>
      <details className="small">
        <summary>{t('course.inFigures')}</summary>
        <Table rows={rows} isFine={isFine} />
      </details>
    </>
  );
}

const yOf = (value: number): number => HEIGHT - 2 - (value / 100) * (HEIGHT - 4);

function Table({ rows, isFine }: { rows: readonly CourseRow[]; isFine: boolean }) {
  return (
    <Scrolling label={t('course.inFigures')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('column.at')}</th>
            {lines.map((name) => (
              <th key={name} scope="col" className="number">
                {t(`tile.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, of }) => (
            <tr key={at}>
              <th scope="row">{bucketText(at, isFine)}</th>
              {lines.map((name) => (
                <td key={name} className="number">
                  {scoreText(of(name)?.value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
