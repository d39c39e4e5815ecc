import { journeyStatuses, levels, stages } from '@touchstone/api/vocabulary';
import { Command } from 'cmdk';
import { t } from 'i18next';
import { ListFilter } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { useTitles } from '../data/titles.ts';
import { flagNames, nameText, valueText } from './filter-texts.ts';
import { useKnownNames } from './known-names.ts';
import { type Filter, type FilterName, filterNames } from './selection.ts';

/** Adds a filter: first its name, then its value, by typing or by choosing. */
export function FilterMenu({ choose }: { choose: (filter: Filter) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState<FilterName | null>(null);
  const open = (next: boolean): void => {
    setIsOpen(next);
    setName(null);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={open}>
      <Popover.Trigger className="tool-button filter-add">
        <ListFilter aria-hidden="true" /> {t('selection.add')}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu filter-menu" align="start" sideOffset={6} collisionPadding={8}>
          {name === null ? (
            <Names choose={setName} />
          ) : (
            <Values
              name={name}
              choose={(filter) => {
                open(false);
                choose(filter);
              }}
            />
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Names({ choose }: { choose: (name: FilterName) => void }) {
  return (
    <Command label={t('selection.add')}>
      <Command.Input placeholder={t('selection.which')} className="menu-input" autoFocus />
      <Command.List className="menu-list" label={t('selection.which')}>
        <Command.Empty className="menu-said small muted">{t('selection.noSuch')}</Command.Empty>
        {filterNames.map((name) => (
          <Command.Item key={name} value={nameText(name)} onSelect={() => choose(name)} className="menu-item">
            {nameText(name)}
          </Command.Item>
        ))}
        <Command.Item value={t('filter.attribute')} onSelect={() => choose('attribute.')} className="menu-item">
          {t('filter.attribute')}
        </Command.Item>
      </Command.List>
    </Command>
  );
}

/** Words of which one must be chosen. */
const words: Readonly<Record<string, readonly string[]>> = {
  status: journeyStatuses,
  stage: stages,
  level: levels,
  ...Object.fromEntries(flagNames.map((name) => [name, ['true', 'false']])),
};

function Values({ name, choose }: { name: FilterName; choose: (filter: Filter) => void }) {
  const [typed, setTyped] = useState('');
  const titles = useTitles();
  const known = useKnownNames();
  const suggested =
    words[name] ??
    { type: known.types, touchpoint: known.touchpoints, stuckAt: known.touchpoints, channel: known.channels }[
      name as string
    ] ??
    [];
  const isFree = words[name] === undefined;
  const given = filterOf(name, typed.trim());
  return (
    <Command label={nameText(name)}>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        placeholder={name === 'attribute.' ? t('selection.attribute') : nameText(name)}
        className="menu-input"
        autoFocus
      />
      <Command.List className="menu-list" label={nameText(name)}>
        {suggested.map((value) => (
          <Command.Item
            key={value}
            value={value}
            keywords={[valueText(name, value, titles)]}
            onSelect={() => choose({ name, value })}
            className="menu-item"
          >
            {valueText(name, value, titles)}
          </Command.Item>
        ))}
        {isFree && given !== null && !suggested.includes(given.value) ? (
          <Command.Item value={`= ${typed}`} forceMount onSelect={() => choose(given)} className="menu-item">
            {t('selection.is', { value: given.value })}
          </Command.Item>
        ) : null}
      </Command.List>
    </Command>
  );
}

/** The filter that was typed; an attribute is typed with its name: `plan=gold`. */
function filterOf(name: FilterName, typed: string): Filter | null {
  if (name !== 'attribute.') return typed === '' ? null : { name, value: typed };
  const at = typed.indexOf('=');
  return at < 1 ? null : { name: `attribute.${typed.slice(0, at).trim()}`, value: typed.slice(at + 1).trim() };
}
