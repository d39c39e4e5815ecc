import type { Definitions } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import type { Shown } from '../data/use-answer.ts';
import { useAddress } from '../frame/links.tsx';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { type Difference, differencesOf } from './differences.ts';
import { byType, type Known, nameOf, type Version } from './known-definitions.ts';
import { PathDrawing } from './path-drawing.tsx';

/** Two versions of a type beside each other: every value that differs, and both paths. */
export function CompareView({ answer }: { answer: Shown<Definitions> }) {
  return (
    <Answered answer={answer} what={t('page.definitions')} rows={8}>
      {(definitions) => <Compared known={byType(definitions)} />}
    </Answered>
  );
}

function Compared({ known }: { known: readonly Known[] }) {
  const { of, version, against } = useAddress();
  const change = useChangeAddress();
  const chosen = known.find(({ type }) => type === of) ?? known[0];
  if (chosen === undefined) return <Empty title={t('definition.none')} />;
  const { versions } = chosen;
  const numbered = (text: string | undefined): Version | undefined =>
    versions.find((each) => String(each.version) === text);
  const after = numbered(version) ?? versions[0]!;
  const before = numbered(against) ?? versions[versions.indexOf(after) + 1] ?? versions.find((each) => each !== after);
  return (
    <>
      <div className="tools definition-choice">
        <Choose
          label={t('definition.type')}
          value={chosen.type}
          options={known.map(({ type }) => [type, type])}
          choose={(type) => change({ of: type, version: undefined, against: undefined })}
        />
        {before === undefined ? null : (
          <>
            <Choose
              label={t('definition.before')}
              value={String(before.version)}
              options={versions.map(optionOf)}
              choose={(against) => change({ against })}
            />
            <Choose
              label={t('definition.afterVersion')}
              value={String(after.version)}
              options={versions.map(optionOf)}
              choose={(version) => change({ version })}
            />
          </>
        )}
      </div>
      {before === undefined ? <Empty title={t('definition.oneVersion')} /> : <Sides {...{ before, after }} />}
    </>
  );
}

const optionOf = (version: Version): readonly [string, string] => [
  String(version.version),
  `${nameOf(version)} · ${t(`definitionState.${version.state}`)}`,
];

function Sides({ before, after }: { before: Version; after: Version }) {
  const differences = differencesOf(before.definition, after.definition);
  return (
    <div className="stack">
      <Panel title={t('definition.differences', { count: differences.length })}>
        {differences.length === 0 ? (
          <p className="muted">{t('definition.same')}</p>
        ) : (
          <Differences {...{ before, after, differences }} />
        )}
      </Panel>
      {[before, after].map((version, side) => (
        <Panel key={side} title={nameOf(version)} note={t(`definitionState.${version.state}`)}>
          <PathDrawing
            shape={version.definition}
            label={t('definition.pathOf', { type: `${version.type} ${nameOf(version)}` })}
          />
        </Panel>
      ))}
    </div>
  );
}

function Differences(props: { before: Version; after: Version; differences: readonly Difference[] }) {
  const { before, after, differences } = props;
  return (
    <Scrolling label={t('definition.differences', { count: differences.length })}>
      <table className="rows differences">
        <thead>
          <tr>
            <th scope="col">{t('definition.part')}</th>
            <th scope="col">{nameOf(before)}</th>
            <th scope="col">{nameOf(after)}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ path, before: was, after: is }) => (
            <tr key={path.join(' ')}>
              <th scope="row" className="wrap">
                {path.join(' › ')}
              </th>
              <td className="wrap">{valueText(was)}</td>
              <td className="wrap">{valueText(is)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function valueText(value: unknown) {
  return value === undefined ? (
    <span className="muted">{t('definition.absent')}</span>
  ) : (
    <code>{JSON.stringify(value)}</code>
  );
}

function Choose(props: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  choose: (value: string) => void;
}) {
  const { label, value, options, choose } = props;
  return (
    <label>
      <span className="small muted">{label}</span>{' '}
      <select value={value} onChange={({ target }) => choose(target.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
