import { useLocation } from '@tanstack/react-router';
import { t } from 'i18next';
import { Trans } from 'react-i18next';
import { usePageTitle } from '../components/states.tsx';
import { DocsLink, PageLink } from './links.tsx';

/** For an address of nothing: says so, and what addresses there are. */
export function Nowhere() {
  const { pathname } = useLocation();
  usePageTitle(t('nowhere.short'));
  return (
    <section className="panel narrow">
      <h1>{t('nowhere.title')}</h1>
      <p>
        <Trans i18nKey="nowhere.at" values={{ pathname }} components={[<code className="id" key="path" />]} />
      </p>
      <p>
        <Trans
          i18nKey="nowhere.addresses"
          components={{ overview: <PageLink to="/" />, docs: <DocsLink />, code: <code /> }}
        />
      </p>
    </section>
  );
}
