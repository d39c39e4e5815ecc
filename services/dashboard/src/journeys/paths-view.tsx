import type { Paths } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { Panel, ScoreCell } from '../components/parts.tsx';
import { type RowColumn, RowTable } from '../components/row-table.tsx';
import { Choice, Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { plainName } from '../data/reserved-names.ts';
import { useTitles } from '../data/titles.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { countText, durationText } from '../i18n/format.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { Journeys } from './figures.tsx';
import { levelOfMean } from './level-of-mean.ts';
import { listIntoText } from './lists-in-address.ts';
import { PathsMap } from './paths-map.tsx';
import { PathsSankey } from './paths-sankey.tsx';
import { activitiesIn, nodeChoices, nodesIn, pathsBody, pathsNames } from './questions-of-views.ts';
import type { Edge } from './shown-ways.ts';
import type { Side } from './sides.tsx';

type Node = Paths['nodes'][number];

const shapes = ['sankey', 'map'] as const;
const labelParts = ['touchpoint', 'channel', 'outcome'] as const;

/** Chooses how the paths are drawn, of how many labels, and what makes up a label. */
export function PathsSettings({ address }: { address: Address }) {
  const change = useChangeAddress();
  const shape = shapeIn(address);
  const made = activitiesIn(address);
  const toggle = (part: (typeof labelParts)[number]): void => {
    const next = labelParts.filter((each) => (each === part ? !made.includes(each) : made.includes(each)));
    change({ activity: next.length === 0 || next.join() === 'touchpoint' ? undefined : listIntoText(next) });
  };
  return (
    <div className="settings">
      <Segments
        label={t('paths.shape')}
        names={shapes}
        chosen={shape}
        textOf={(each) => t(`paths.${each}`)}
        choose={(each) => change({ shape: each === 'sankey' ? undefined : each })}
      />
      <Choice
        label={t('paths.nodes')}
        names={nodeChoices.map(String)}
        chosen={String(nodesIn(address))}
        textOf={countText}
        choose={(nodes) => change({ nodes })}
      />
      {shape === 'map' ? (
        <>
          <Choice
            label={t('paths.measure')}
            names={['frequency', 'time']}
            chosen={address.measure === 'time' ? 'time' : 'frequency'}
            textOf={(measure) => t(`paths.${measure}`)}
            choose={(measure) => change({ measure: measure === 'time' ? measure : undefined })}
          />
          <Choice
            label={t('paths.ways')}
            names={['main', 'all']}
            chosen={address.ways === 'all' ? 'all' : 'main'}
            textOf={(ways) => t(`paths.${ways}Ways`)}
            choose={(ways) => change({ ways: ways === 'all' ? ways : undefined })}
          />
        </>
      ) : null}
      <fieldset className="setting">
        <legend className="setting-name">{t('paths.labels')}</legend>
        {labelParts.map((part) => (
          <label key={part} className="check">
            <input type="checkbox" checked={made.includes(part)} onChange={() => toggle(part)} />
            {t(`paths.${part}`)}
          </label>
        ))}
      </fieldset>
      <label className="check">
        <input
          type="checkbox"
          checked={address.collapse === 'true'}
          onChange={() => change({ collapse: address.collapse === 'true' ? undefined : 'true' })}
        />
        {t('paths.collapse')}
      </label>
    </div>
  );
}

export const shapeIn = ({ shape }: Address): (typeof shapes)[number] => nameIn(shapes, shape);

/** Which moments follow which: drawn, and as tables of ways and of moments. */
export function PathsView({ side: { address, period } }: { side: Side }) {
  const answer = useAnswer<Paths>({ path: '/v1/analytics/paths', body: pathsBody(address, period) }, REPORT_REFRESH_MS);
  const shape = shapeIn(address);
  const link = useMemo(() => ({ view: 'paths', ...pathsNames(address) }), [address]);
  const textOf = useLabelText(address);
  return (
    <Answered answer={answer} what={t('journeysView.paths')} rows={10}>
      {(paths) =>
        paths.cases === 0 ? (
          <Empty title={t('list.nothing')}>
            <p>{t('list.nothingWhy')}</p>
          </Empty>
        ) : (
          <Settling answer={answer} className="stack">
            <Panel title={t(`paths.${shape}Title`)} note={t(`paths.${shape}Note`, { count: paths.cases })}>
              {shape === 'sankey' ? (
                <PathsSankey paths={paths} textOf={textOf} link={link} />
              ) : (
                <PathsMap
                  paths={paths}
                  textOf={textOf}
                  link={link}
                  byTime={address.measure === 'time'}
                  isAll={address.ways === 'all'}
                />
              )}
            </Panel>
            <Tables paths={paths} textOf={textOf} link={link} />
          </Settling>
        )
      }
    </Answered>
  );
}

export type LabelText = (label: string) => string;

/** A label by the titles in force, and ours in words. */
function useLabelText(address: Address): LabelText {
  const titles = useTitles();
  const { type } = address;
  const isTouchpoint = activitiesIn(address).join() === 'touchpoint';
  return useMemo(() => {
    const ours = new Map<string, string>([
      ['(start)', t('paths.start')],
      ['(end)', t('paths.end')],
      ['(open)', t('paths.open')],
      ['(other)', t('paths.other')],
    ]);
    return (label) => {
      const own = ours.get(label);
      if (own !== undefined) return own;
      const name = plainName(label);
      return (isTouchpoint ? titles.touchpoint(name, type) : null) ?? (name === '' ? t('filter.empty') : name);
    };
  }, [titles, type, isTouchpoint]);
}

const isOurs = (label: string): boolean => label === '(start)' || label === '(end)' || label === '(open)';

/** The address of the journeys that have a node in them; ours have no list, the whole is theirs. */
export const nodeLink = (link: Address, label: string): Address | null =>
  isOurs(label) ? null : { ...link, node: label };
export const edgeLink = (link: Address, { from, to }: Edge): Address => ({ ...link, edgeFrom: from, edgeTo: to });

function Tables({ paths, textOf, link }: { paths: Paths; textOf: LabelText; link: Address }) {
  const ways: readonly RowColumn<Edge>[] = [
    { id: 'from', head: t('paths.from'), className: 'wrap', cell: ({ from }) => <bdi>{textOf(from)}</bdi> },
    { id: 'to', head: t('paths.to'), className: 'wrap', cell: ({ to }) => <bdi>{textOf(to)}</bdi> },
    {
      id: 'journeys',
      head: t('page.journeys'),
      className: 'number',
      cell: (edge) => (
        <Journeys n={edge.journeys} of={edgeLink(link, edge)} label={`${textOf(edge.from)} → ${textOf(edge.to)}`} />
      ),
    },
    { id: 'count', head: t('paths.times'), className: 'number wide', cell: ({ count }) => countText(count) },
    {
      id: 'medianMs',
      head: t('paths.median'),
      className: 'number',
      cell: ({ medianMs }) => durationText(medianMs),
    },
  ];
  const moments: readonly RowColumn<Node>[] = [
    { id: 'label', head: t('column.moment'), className: 'wrap', cell: ({ label }) => <bdi>{textOf(label)}</bdi> },
    {
      id: 'journeys',
      head: t('page.journeys'),
      className: 'number',
      cell: ({ label, journeys }) => <Journeys n={journeys} of={{ ...link, node: label }} label={textOf(label)} />,
    },
    { id: 'count', head: t('paths.times'), className: 'number wide', cell: ({ count }) => countText(count) },
    {
      id: 'failures',
      head: t('journeysTable.failures'),
      className: 'number',
      cell: ({ failures }) => countText(failures),
    },
    {
      id: 'score',
      head: t('column.score'),
      cell: ({ meanScore }) => <ScoreCell score={meanScore} level={levelOfMean(meanScore)} />,
    },
  ];
  const still = { hasMore: false, more: () => {} };
  return (
    <>
      <Panel title={t('paths.waysTitle')} note={t('paths.waysNote')}>
        <RowTable
          label={t('paths.waysTitle')}
          rows={paths.edges}
          columns={ways}
          keyOf={({ from, to }) => JSON.stringify([from, to])}
          {...still}
        />
      </Panel>
      <Panel title={t('paths.momentsTitle')}>
        <RowTable
          label={t('paths.momentsTitle')}
          rows={paths.nodes}
          columns={moments}
          keyOf={({ label }) => label}
          {...still}
        />
      </Panel>
    </>
  );
}
