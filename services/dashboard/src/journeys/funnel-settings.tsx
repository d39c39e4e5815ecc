import { t } from 'i18next';
import { Choice } from '../components/segments.tsx';
import { durationText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { durationMs } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { listIn, listIntoText } from './lists-in-address.ts';
import { StepsEditor } from './touchpoint-choice.tsx';
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
  const { within } = address;
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
        names={['', ...new Set([...spans, ...(within === undefined ? [] : [within])])]}
        chosen={within ?? ''}
        textOf={(span) => (span === '' ? t('funnel.anyTime') : spanText(span))}
        choose={(span) => change({ within: span || undefined })}
      />
      <Choice
        label={t('funnel.order')}
        names={['eventual', 'strict']}
        chosen={address.order === 'strict' ? 'strict' : 'eventual'}
        textOf={(order) => t(`funnel.${order}`)}
        choose={(order) => change({ order: order === 'strict' ? order : undefined })}
      />
      <GroupingChoice address={address} />
    </div>
  );
}

/** Chooses a breakdown; an attribute of the selection may be one too. */
export function GroupingChoice({ address }: { address: Address }) {
  const change = useChangeAddress();
  const isPlain = (name: string): name is (typeof groupings)[number] => (groupings as readonly string[]).includes(name);
  const attributes = Object.keys(address).filter((name) => name.startsWith('attribute.'));
  const chosen = address.by ?? '';
  return (
    <Choice
      label={t('funnel.by')}
      names={[...new Set(['', ...groupings, ...attributes, chosen])]}
      chosen={chosen}
      textOf={(name) =>
        name === '' ? t('funnel.whole') : isPlain(name) ? t(`filter.${name}`) : name.replace(/^attribute\./, '')
      }
      choose={(name) => change({ by: name || undefined })}
    />
  );
}
