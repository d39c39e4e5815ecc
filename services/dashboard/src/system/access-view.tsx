import type { Configuration, KeyList } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { listText } from '../i18n/format.ts';

/** Names and scopes of the keys in force, and the settings of the process that answers. */
export function AccessView() {
  const keys = useAnswer<KeyList>('/v1/keys', REPORT_REFRESH_MS);
  const configuration = useAnswer<Configuration>('/v1/configuration', REPORT_REFRESH_MS);
  return (
    <div className="stack">
      <Panel title={t('access.keys')} note={t('access.keysWhy')}>
        <Answered answer={keys} what={t('access.keys')} rows={4}>
          {({ items }) => (items.length === 0 ? <p className="muted">{t('access.noKeys')}</p> : <Keys keys={items} />)}
        </Answered>
      </Panel>
      <Panel title={t('access.configuration')} note={t('access.configurationWhy')}>
        <Answered answer={configuration} what={t('access.configuration')} rows={8}>
          {({ items }) => <Settings settings={items} />}
        </Answered>
      </Panel>
    </div>
  );
}

function Keys({ keys }: { keys: KeyList['items'] }) {
  return (
    <Scrolling label={t('access.keys')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('access.name')}</th>
            <th scope="col">{t('access.scopes')}</th>
            <th scope="col">{t('access.sources')}</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ name, scopes, sources }) => (
            <tr key={name}>
              <th scope="row" className="id">
                {name}
              </th>
              <td>
                {scopes.map((scope) => (
                  <span key={scope} className={`badge ${scope === 'admin' ? 'due' : 'verdict-confirmed'}`}>
                    {scope}
                  </span>
                ))}
              </td>
              <td className="wrap">{sources === null ? t('access.anySource') : listText(sources)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function Settings({ settings }: { settings: Configuration['items'] }) {
  const ordered = [...settings].sort((a, b) => Number(a.value === null) - Number(b.value === null));
  return (
    <Scrolling label={t('access.configuration')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('access.setting')}</th>
            <th scope="col">{t('access.value')}</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td className="wrap">
                {value === null ? <span className="muted">{t('access.unset')}</span> : <code>{value}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
