import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { t } from 'i18next';
import { type ReactNode, useEffect, useState } from 'react';
import { ask, Problem } from '../data/ask.ts';
import { useTitles } from '../data/titles.ts';
import { useKnownNames } from '../selection/known-names.ts';
import { useCarried } from './links.tsx';
import { usePaletteState } from './palette-state.ts';
import { pages } from './side.tsx';

/** Finds pages, journeys and customers by their ids, touchpoints and types, and goes there. */
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

function Found({ close }: { close: () => void }) {
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const matches = (...names: readonly (string | null)[]) =>
    names.some((name) => name?.toLowerCase().includes(text.toLowerCase()) === true);
  const { types, touchpoints } = useKnownNames();
  const titles = useTitles();
  const go = useGo(close);
  const shownPages = pages.filter(({ name }) => matches(t(`page.${name}`)));
  const shownTypes = text === '' ? [] : types.filter((type) => matches(type, titles.journey(type)));
  const shownTouchpoints = text === '' ? [] : touchpoints.filter((name) => matches(name, titles.touchpoint(name)));
  return (
    <>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        placeholder={t('palette.placeholder')}
        className="palette-input"
        autoFocus
      />
      <Command.List className="palette-list" label={t('palette.results')}>
        {text === '' ? null : <Ids id={text} go={go} />}
        <Group heading={t('palette.pages')} isShown={shownPages.length > 0}>
          {shownPages.map(({ to, name, icon: Icon }) => (
            <Command.Item key={to} value={`page ${to}`} onSelect={() => go.page(to)} className="palette-item">
              <Icon aria-hidden="true" /> {t(`page.${name}`)}
            </Command.Item>
          ))}
        </Group>
        <Group heading={t('palette.types')} isShown={shownTypes.length > 0}>
          {shownTypes.slice(0, SUGGESTED_MAX).map((type) => (
            <NameItem
              key={type}
              kind="type"
              name={type}
              title={titles.journey(type)}
              onSelect={() => go.list({ type })}
            />
          ))}
        </Group>
        <Group heading={t('palette.touchpoints')} isShown={shownTouchpoints.length > 0}>
          {shownTouchpoints.slice(0, SUGGESTED_MAX).map((touchpoint) => (
            <NameItem
              key={touchpoint}
              kind="touchpoint"
              name={touchpoint}
              title={titles.touchpoint(touchpoint)}
              onSelect={() => go.list({ touchpoint })}
            />
          ))}
        </Group>
      </Command.List>
    </>
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
    journey: (journeyId: string) =>
      going(() => navigate({ to: '/journeys/$journeyId', params: { journeyId }, search: selection }))(),
    customer: (customerId: string) =>
      going(() => navigate({ to: '/customers/$customerId', params: { customerId }, search: selection }))(),
  };
}

const LONGEST_SEARCH_MS = 8000;
const TYPING_MS = 180;

/** The journey and the customer that have exactly the id that was typed. */
function Ids({ id, go }: { id: string; go: Go }) {
  const settled = useSettled(id);
  const { data, error, isFetching } = useQuery({
    queryKey: ['found', settled],
    queryFn: ({ signal }) => Promise.all([exists('journeys', settled, signal), exists('customers', settled, signal)]),
    retry: false,
    staleTime: 10_000,
  });
  const [isJourney, isCustomer] = settled === id && data !== undefined ? data : [false, false];
  if (isFetching || settled !== id) return <Said text={t('palette.searching')} />;
  if (error !== null) return <Said text={error instanceof Problem ? error.detail : String(error)} />;
  if (!isJourney && !isCustomer) return <Said text={t('palette.nobody', { id })} />;
  return (
    <Command.Group heading={t('palette.ids')} className="palette-group">
      {isJourney ? (
        <Command.Item value="id journey" onSelect={() => go.journey(id)} className="palette-item">
          {t('palette.journey')} <b className="id">{id}</b>
        </Command.Item>
      ) : null}
      {isCustomer ? (
        <Command.Item value="id customer" onSelect={() => go.customer(id)} className="palette-item">
          {t('palette.customer')} <b className="id">{id}</b>
        </Command.Item>
      ) : null}
    </Command.Group>
  );
}

function Said({ text }: { text: string }) {
  return (
    <p className="palette-said small muted" role="status">
      {text}
    </p>
  );
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

/** A journey id that several customers use exists too; its page asks which customer is meant. */
async function exists(what: 'journeys' | 'customers', id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await ask(`/v1/${what}/${encodeURIComponent(id)}?limit=1`, { signal, waitMs: LONGEST_SEARCH_MS });
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 409) return true;
    if (error.status === 404) return false;
    throw error;
  }
}
