import { levels, stages } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { useState } from 'react';
import { Problem } from '../data/ask.ts';
import { Change, Sparkline, Tile } from './figure.tsx';
import { Panel, ScoreCell, StageBadge, StageMove, StatusBadge, VerdictBadge } from './parts.tsx';
import { RowTable } from './row-table.tsx';
import { Command, Empty, Failed, Loading, usePageTitle } from './states.tsx';
import { Whisker } from './whisker.tsx';

const rows = Array.from({ length: 200 }, (_, n) => ({ id: `row-${n}`, score: (n * 7) % 101 }));

/** One of each component, for those who work on the page. */
export function Gallery() {
  usePageTitle('UI');
  const [sort, setSort] = useState('-score');
  return (
    <div className="stack">
      <h1>Components</h1>
      <Panel title="Badges">
        {stages.map((stage) => (
          <StageBadge key={stage} stage={stage} />
        ))}
        <StageMove from="none" to="cognitive" />
        <StatusBadge status="open" />
        <StatusBadge status="completed" />
        <StatusBadge status="abandoned" />
        <VerdictBadge verdict="exceeded" />
        <VerdictBadge verdict="failed" />
      </Panel>
      <Panel title="Scores">
        {levels.map((level, index) => (
          <ScoreCell key={level} level={level} score={95 - index * 14} />
        ))}
      </Panel>
      <div className="tiles">
        <Tile
          name="A figure"
          value="74.2"
          change={<Change now={74.2} before={71} as="points" better="more" />}
          note="of 812"
        >
          <Sparkline values={[70, 71, null, 73, 74]} />
        </Tile>
        <Tile name="Without a course" value="–" />
      </div>
      <Panel title="Interval">
        <Whisker rate={0.1} low={0.06} high={0.15} end={0.2} allowed={0.05} />
      </Panel>
      <Panel title="States">
        <Loading what="something" />
        <Empty title="Nothing here">
          <p>{t('list.nothingWhy')}</p>
        </Empty>
        <Failed
          problem={new Problem(503, 'Unavailable', 'The read model is 40 s behind.')}
          reload={() => undefined}
          what="something"
        />
        <Command text="npx --yes pnpm@12 start" />
      </Panel>
      <Panel title="Rows">
        <RowTable
          label="Rows"
          rows={rows}
          columns={[
            { id: 'id', head: 'Id', cell: ({ id }) => <a href="/ui">{id}</a> },
            { id: 'score', head: 'Score', sort: 'score', className: 'number', cell: ({ score }) => score },
          ]}
          keyOf={({ id }) => id}
          hasMore={false}
          more={() => undefined}
          sort={sort}
          onSort={setSort}
        />
      </Panel>
    </div>
  );
}
