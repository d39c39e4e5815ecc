import type { IndexAnswer, Indexes, IndexNode, ShownNode } from '@touchstone/api';
import { t } from 'i18next';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { type Behind, CountFigure } from '../components/figure.tsx';
import { IntervalCell, ScaleHead } from '../components/interval.tsx';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Choice } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { percentText, scoreText, tenthText } from '../i18n/format.ts';
import { levelText } from '../i18n/words.ts';
import type { Address } from '../selection/address.ts';
import { type Period, spanParameters, untaken } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByDrivers } from '../selection/taken.ts';
import { behindLeaf, leafIn } from './behind-leaf.ts';

/** A satisfaction index as a tree that opens. */
export function IndexView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const indexes = useAnswer<Indexes>('/v1/indexes', REPORT_REFRESH_MS);
  const names = indexes.data?.items.map(({ name }) => name) ?? [];
  const chosen = names.find((name) => name === address.index) ?? names[0];
  const tree = indexes.data?.items.find(({ name }) => name === chosen)?.tree as IndexNode | undefined;
  const body = { name: chosen, ...spanParameters(period) };
  const question = chosen === undefined ? null : { path: '/v1/analytics/index', body };
  const answer = useAnswer<IndexAnswer>(question, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('index.title')}
      note={t('index.note')}
      tools={
        chosen === undefined ? null : (
          <Choice
            label={t('index.which')}
            names={names}
            chosen={chosen}
            textOf={(name) => indexes.data?.items.find((each) => each.name === name)?.tree.title ?? name}
            choose={(name) => change({ index: name })}
          />
        )
      }
    >
      <Answered
        answer={chosen === undefined && indexes.problem !== undefined ? (indexes as never) : answer}
        what={t('index.title')}
        rows={8}
      >
        {({ rows: [row] }) =>
          row === undefined ? (
            <Empty title={t('index.nothing')} />
          ) : (
            <Settling answer={answer}>
              <Tree
                key={chosen}
                tree={row.tree as ShownNode}
                behind={(id) => behindLeaf(leafIn(tree, id), untaken(address, takenByDrivers(address)))}
              />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

interface Placed {
  readonly node: ShownNode;
  readonly depth: number;
  readonly path: string;
  readonly siblings: number;
  readonly place: number;
}

/** Nodes that are seen: those whose parents are all open. */
function seenIn(
  node: ShownNode,
  closed: ReadonlySet<string>,
  depth = 1,
  before = '',
  place = 1,
  siblings = 1,
): readonly Placed[] {
  const path = `${before}/${node.id}`;
  const own = { node, depth, path, place, siblings };
  if (!('children' in node) || closed.has(path)) return [own];
  return [
    own,
    ...node.children.flatMap((child, at) => seenIn(child, closed, depth + 1, path, at + 1, node.children.length)),
  ];
}

interface Opening {
  /** The list behind a leaf. */
  readonly behind: (leaf: string) => Behind | undefined;
}

function Tree({ tree, behind }: Opening & { tree: ShownNode }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: string): void => {
    const next = new Set(closed);
    if (!next.delete(path)) next.add(path);
    setClosed(next);
  };
  return (
    <Scrolling label={t('index.title')}>
      <table className="rates index-tree" aria-label={t('index.title')}>
        <thead>
          <tr>
            <th scope="col">{t('index.part')}</th>
            <th scope="col" className="number">
              {t('index.value')}
            </th>
            <ScaleHead marks={[0, 50, 100]} />
            <th scope="col">{t('column.level')}</th>
            <th scope="col" className="number">
              {t('score.weight')}
            </th>
            <th scope="col" className="number">
              {t('index.from')}
            </th>
          </tr>
        </thead>
        <tbody>
          {seenIn(tree, closed).map((placed) => (
            <NodeRow
              key={placed.path}
              {...placed}
              isOpen={!closed.has(placed.path)}
              toggle={() => toggle(placed.path)}
              behind={behind}
            />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function NodeRow(props: Placed & Opening & { isOpen: boolean; toggle: () => void }) {
  const { node, depth, isOpen, toggle, behind } = props;
  const { title, id, value, low, high, level, weight } = node;
  const isInner = 'children' in node;
  const name = title ?? (isInner ? id : t(`measure.${node.measure}`));
  return (
    <tr className={isInner ? 'index-inner' : ''}>
      <th scope="row">
        <span className="index-name" style={{ paddingLeft: `${(depth - 1) * 20}px` }}>
          {isInner ? (
            <button type="button" className="index-toggle" aria-expanded={isOpen} onClick={toggle}>
              <ChevronRight aria-hidden="true" /> {name}
            </button>
          ) : (
            <span className="index-leaf">{name}</span>
          )}
        </span>
      </th>
      <td className="number strong">{scoreText(value)}</td>
      <IntervalCell {...{ value, low, high }} from={0} to={100} textOf={scoreText} />
      <td className="small">
        {value === null ? <span className="muted">{t('index.unknown')}</span> : levelText(level)}
      </td>
      <td className="number muted">{tenthText(weight ?? 1)}</td>
      <td className="number muted">
        {isInner ? (
          t('index.covered', { share: percentText(node.covered) })
        ) : (
          <CountFigure n={node.n} behind={behind(id)} label={name} />
        )}
      </td>
    </tr>
  );
}
