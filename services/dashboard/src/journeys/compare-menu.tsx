import type { Views } from '@touchstone/api';
import { t } from 'i18next';
import { Columns2, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useAnswer } from '../data/use-answer.ts';
import { type Address, parseAddress } from '../selection/address.ts';
import { FilterMenu } from '../selection/filter-menu.tsx';
import { carried, filtersIn, type Period } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { againstChanged, againstWhole, restOf } from './other-selection.ts';

/** The changes that a second selection consists of; none if it is of another kind. */
const changesIn = (against = ''): Address =>
  against.includes('=') && !against.startsWith('?') ? parseAddress(against) : {};

const VIEWS_REFRESH_MS = 120_000;

/** Puts a second selection beside the one of the page. */
export function CompareMenu({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const against = (text: string | undefined): void => change({ against: text });
  if (address.against !== undefined) {
    return (
      <span className="compare-menu">
        <FilterMenu
          choose={({ name, value }) => against(againstChanged({ ...changesIn(address.against), [name]: value }))}
        />
        <button type="button" className="tool-button" onClick={() => against(undefined)}>
          <X aria-hidden="true" /> {t('compare.end')}
        </button>
      </span>
    );
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="tool-button">
        <Columns2 aria-hidden="true" /> {t('compare.with')}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          <Choices address={address} period={period} choose={against} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Choices(props: { address: Address; period: Period; choose: (against: string) => void }) {
  const { address, period, choose } = props;
  const rest = restOf(address);
  const views = useAnswer<Views>('/v1/views', VIEWS_REFRESH_MS).data?.items ?? [];
  const item = (key: string, text: string, against: string) => (
    <DropdownMenu.Item key={key} className="menu-item" onSelect={() => choose(against)}>
      {text}
    </DropdownMenu.Item>
  );
  return (
    <>
      {period.before === null ? null : item('before', t('compare.before'), 'before')}
      {filtersIn(address).length === 0 ? null : item('all', t('compare.all'), 'all')}
      {rest === null ? null : item('rest', t('compare.rest'), againstChanged(rest))}
      {item('same', t('compare.filter'), againstChanged({}))}
      {views.length === 0 ? null : <DropdownMenu.Label className="menu-title">{t('compare.views')}</DropdownMenu.Label>}
      {views.map(({ name, view }) =>
        item(`view ${name}`, view.title, againstWhole(carried(parseAddress(view.address.split('?')[1] ?? '')))),
      )}
    </>
  );
}
