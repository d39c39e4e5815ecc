import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { SearchAnswer } from '@touchstone/api';
import { Command } from 'cmdk';
import { t } from 'i18next';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { ask, problemFrom } from '../data/ask.ts';
import { useTitles } from '../data/titles.ts';
import { stageText, statusText } from '../i18n/words.ts';
import { pathOf } from '../selection/selection.ts';
import { useCarried } from './links.tsx';
import { usePaletteState } from './palette-state.ts';
import { pages } from './side.tsx';

/** Suggests journeys, customers, touchpoints, types and pages as one types, and goes there. */
export function Palette() {
  const [isOpen, setIsOpen] = usePaletteState();
  return (
    <Command.Dialog
      open={isOpen}
      onOpenChange={setIsOpen}
      label={t('palette.title')}
      shouldFilter={false}
      className="palette"
      overlayClassName="veil"
      contentClassName="palette-box"
      aria-describedby={undefined}
    >
      {isOpen ? <Found close={() => setIsOpen(false)} /> : null}
    </Command.Dialog>
  );
}

const SUGGESTED_MAX = 6;
/** The longest text that the API searches for. */
const TYPED_MAX = 512;

function Found({ close }: { close: () => void }) {
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  return (
    <>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        maxLength={TYPED_MAX}
        placeholder={t('palette.placeholder')}
        className="palette-input"
        autoFocus
      />
      <Command.List className="palette-list" label={t('palette.results')}>
        <Suggestions text={text} go={useGo(close)} />
      </Command.List>
    </>
  );
}

function Suggestions({ text, go }: { text: string; go: Go }) {
  const { found, problem, isSearching } = useSearch(text);
  const shownPages = pages.filter(({ name }) => isIn(text, t(`page.${name}`)));
  const names = useNames(text, found);
  const isNothing =
    found !== undefined &&
    [found.journeys, found.customers, names.types, names.touchpoints, shownPages].every(({ length }) => length === 0);
  return (
    <>
      {problem === undefined ? null : <Said text={problem.detail} />}
      {isSearching && found === undefined ? <Said text={t('palette.searching')} /> : null}
      {isNothing && !isSearching ? <Said text={t('palette.nothing', { text })} /> : null}
      <Group heading={t('palette.journeys')} isShown={(found?.journeys.length ?? 0) > 0}>
        {found?.journeys.map((journey) => (
          <JourneyItem key={JSON.stringify([journey.customerId, journey.id])} journey={journey} go={go} />
        ))}
      </Group>
      <Group heading={t('palette.customers')} isShown={(found?.customers.length ?? 0) > 0}>
        {found?.customers.map(({ id, stage }) => (
          <Command.Item key={id} value={`customer ${id}`} onSelect={() => go.customer(id)} className="palette-item">
            <bdi className="id">{id}</bdi> <span className="small muted">{stageText(stage)}</span>
          </Command.Item>
        ))}
      </Group>
      <Group heading={t('palette.pages')} isShown={shownPages.length > 0}>
        {shownPages.map(({ to, name, icon: Icon }) => (
          <Command.Item key={to} value={`page ${to}`} onSelect={() => go.page(to)} className="palette-item">
            <Icon aria-hidden="true" /> {t(`page.${name}`)}
          </Command.Item>
        ))}
      </Group>
      <Group heading={t('palette.types')} isShown={names.types.length > 0}>
        {names.types.map((named) => (
          <NameItem key={named.name} kind="type" {...named} onSelect={() => go.list({ type: named.name })} />
        ))}
      </Group>
      <Group heading={t('palette.touchpoints')} isShown={names.touchpoints.length > 0}>
        {names.touchpoints.map((named) => (
          <NameItem
            key={named.name}
            kind="touchpoint"
            {...named}
            onSelect={() => go.list({ touchpoint: named.name })}
          />
        ))}
      </Group>
    </>
  );
}

const isIn = (text: string, name: string | null): boolean => name?.toLowerCase().includes(text.toLowerCase()) === true;

/** Types and touchpoints by their names, which the API finds, and by their titles. */
function useNames(text: string, found: SearchAnswer | undefined) {
  const titles = useTitles();
  const of = (names: readonly string[], titled: readonly string[], titleOf: (name: string) => string | null) =>
    text === ''
      ? []
      : [...new Set([...names, ...titled.filter((name) => isIn(text, titleOf(name)))])]
          .slice(0, SUGGESTED_MAX)
          .map((name) => ({ name, title: titleOf(name) }));
  return {
    types: of(found?.types.map(({ name }) => name) ?? [], titles.types, titles.journey),
    touchpoints: of(found?.touchpoints.map(({ name }) => name) ?? [], titles.touchpoints, (name) =>
      titles.touchpoint(name),
    ),
  };
}

function JourneyItem({ journey, go }: { journey: SearchAnswer['journeys'][number]; go: Go }) {
  const { id, customerId, type, status } = journey;
  return (
    <Command.Item
      value={`journey ${JSON.stringify([customerId, id])}`}
      onSelect={() => go.journey(id, customerId)}
      className="palette-item"
    >
      <bdi className="id">{id}</bdi>{' '}
      <span className="small muted">
        {useTitles().journey(type) ?? type} · {statusText(status)} · <bdi>{customerId}</bdi>
      </span>
    </Command.Item>
  );
}

function Group({ heading, isShown, children }: { heading: string; isShown: boolean; children: ReactNode }) {
  return isShown ? (
    <Command.Group heading={heading} className="palette-group">
      {children}
    </Command.Group>
  ) : null;
}

function NameItem(props: { kind: string; name: string; title: string | null; onSelect: () => void }) {
  const { kind, name, title, onSelect } = props;
  return (
    <Command.Item value={`${kind} ${name}`} onSelect={onSelect} className="palette-item">
      {title ?? name} {title === null ? null : <span className="small muted">{name}</span>}
    </Command.Item>
  );
}

type Go = ReturnType<typeof useGo>;

function useGo(close: () => void) {
  const navigate = useNavigate();
  const { customerId: _, ...selection } = useCarried();
  const going = (way: () => unknown) => () => {
    close();
    way();
  };
  return {
    page: (to: (typeof pages)[number]['to']) => going(() => navigate({ to, search: selection }))(),
    list: (added: Record<string, string>) =>
      going(() => navigate({ to: '/journeys', search: { ...selection, ...added } }))(),
    journey: (journeyId: string, customerId: string) =>
      going(() =>
        navigate({ to: '/journeys/$journeyId', params: { journeyId }, search: { ...selection, customerId } }),
      )(),
    customer: (customerId: string) =>
      going(() => navigate({ to: '/customers/$customerId', params: { customerId }, search: selection }))(),
  };
}

const LONGEST_SEARCH_MS = 8000;
const TYPING_MS = 180;

/** Asks for all that begins with the text or has it in its name, and awaits the latest alone. */
function useSearch(text: string) {
  const settled = useSettled(text);
  const query = useQuery({
    queryKey: ['search', settled],
    queryFn: ({ signal }) =>
      ask<SearchAnswer>(pathOf('/v1/search', { q: settled, limit: String(SUGGESTED_MAX) }), {
        signal,
        waitMs: LONGEST_SEARCH_MS,
      }),
    enabled: settled !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });
  return {
    found: useMemo(() => (text === '' ? undefined : stillFound(query.data, text)), [query.data, text]),
    problem: query.error === null || text === '' ? undefined : problemFrom(query.error),
    isSearching: text !== '' && (settled !== text || query.isFetching),
  };
}

function Said({ text }: { text: string }) {
  return (
    <p className="palette-said small muted" role="status">
      {text}
    </p>
  );
}

/** The part of an answer to an earlier text that fits this one: Enter never goes astray. */
function stillFound(found: SearchAnswer | undefined, text: string): SearchAnswer | undefined {
  if (found === undefined) return undefined;
  const begins = ({ id }: { readonly id: string }) => id.startsWith(text);
  const isNamed = ({ name }: { readonly name: string }) => isIn(text, name);
  return {
    journeys: found.journeys.filter(begins),
    customers: found.customers.filter(begins),
    touchpoints: found.touchpoints.filter(isNamed),
    types: found.types.filter(isNamed),
  };
}

/** The text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
