import { t } from 'i18next';
import { durationText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { durationMs } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { listIn, listIntoText } from './lists-in-address.ts';
import { Choice, StepsEditor } from './touchpoint-choice.tsx';
import { STEPS_MAX } from './use-steps.ts';

const spans = ['PT1H', 'P1D', 'P2D', 'P7D', 'P14D', 'P30D', 'P90D'] as const;
const groupings = ['channel', 'team', 'site', 'type', 'stage'] as const;

function spanText(span: string): string {
  const ms = durationMs(span);
  return ms === null ? span : durationText(ms);
}

/** The steps of a funnel, the time that they may take, and what it is broken down by. */
export function FunnelSettings({ address, steps }: { address: Address; steps: readonly string[] }) {
  const change = useChangeAddress();
  return (
    <div className="settings">
      <StepsEditor
        label={t('funnel.steps')}
        steps={steps}
        least={2}
        most={STEPS_MAX}
        choose={(next) => change({ steps: listIntoText(next) })}
      />
      <StepsEditor
        label={t('funnel.exclude')}
        steps={listIn(address.exclude)}
        least={0}
        most={STEPS_MAX}
        choose={(next) => change({ exclude: next.length === 0 ? undefined : listIntoText(next) })}
      />
      <Choice
        label={t('funnel.within')}
        value={address.within ?? ''}
        choices={[
          { value: '', text: t('funnel.anyTime') },
          ...[...new Set([...spans, ...(address.within === undefined ? [] : [address.within])])].map((value) => ({
            value,
            text: spanText(value),
          })),
        ]}
        choose={(value) => change({ within: value || undefined })}
      />
      <Choice
        label={t('funnel.order')}
        value={address.order ?? ''}
        choices={[
          { value: '', text: t('funnel.eventual') },
          { value: 'strict', text: t('funnel.strict') },
        ]}
        choose={(value) => change({ order: value || undefined })}
      />
      <GroupingChoice address={address} />
    </div>
  );
}

/** Chooses a breakdown; an attribute of the selection may be one too. */
export function GroupingChoice({ address }: { address: Address }) {
  const change = useChangeAddress();
  const attributes = Object.keys(address).filter((name) => name.startsWith('attribute.'));
  const others = address.by === undefined ? [] : [address.by];
  return (
    <Choice
      label={t('funnel.by')}
      value={address.by ?? ''}
      choices={[
        { value: '', text: t('funnel.whole') },
        ...groupings.map((value) => ({ value, text: t(`filter.${value}`) })),
        ...[...new Set([...attributes, ...others])]
          .filter((name) => !(groupings as readonly string[]).includes(name))
          .map((value) => ({ value, text: value.replace(/^attribute\./, '') })),
      ]}
      choose={(value) => change({ by: value || undefined })}
    />
  );
}
