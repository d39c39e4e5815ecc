import { t } from 'i18next';
import {
  BookOpen,
  ChartScatter,
  FileSliders,
  HandHeart,
  House,
  Languages,
  type LucideIcon,
  RadioTower,
  Route,
  Search,
  ServerCog,
  SunMoon,
  Users,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { BASE_PATH } from '../data/ask.ts';
import { chooseLanguage, type Language, languages, useLanguage } from '../i18n/language.ts';
import { PageLink, type PagePath } from './links.tsx';
import { openPalette } from './palette-state.ts';
import { type Theme, themes, useTheme } from './theme.ts';
import { WhoMenu } from './who-menu.tsx';

export const pages = [
  { to: '/', name: 'overview', icon: House },
  { to: '/journeys', name: 'journeys', icon: Route },
  { to: '/customers', name: 'customers', icon: Users },
  { to: '/touchpoints', name: 'touchpoints', icon: RadioTower },
  { to: '/promises', name: 'promises', icon: HandHeart },
  { to: '/drivers', name: 'drivers', icon: ChartScatter },
  { to: '/definitions', name: 'definitions', icon: FileSliders },
  { to: '/system', name: 'system', icon: ServerCog },
] as const satisfies readonly { to: PagePath; name: string; icon: LucideIcon }[];

/** Navigation and what concerns the whole page. On a narrow screen it lies along the top. */
export function Side({ isOpen }: { isOpen: boolean }) {
  return (
    <header className="side">
      <PageLink to="/" className="brand" aria-label={t('frame.brand')}>
        <Mark />
        <span>Touchstone</span>
      </PageLink>
      {isOpen ? (
        <button type="button" className="search-button" onClick={openPalette}>
          <Search aria-hidden="true" />
          <span>{t('palette.short')}</span>
          <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
      ) : null}
      <nav className="side-pages" aria-label={t('frame.pages')}>
        {isOpen
          ? pages.map(({ to, name, icon: Icon }) => (
              <PageLink key={to} to={to} className="side-page">
                <Icon aria-hidden="true" />
                <span>{t(`page.${name}`)}</span>
              </PageLink>
            ))
          : null}
      </nav>
      <div className="side-tools">
        <a className="side-tool" href={`${BASE_PATH}/docs`} aria-label={t('frame.api')}>
          <BookOpen aria-hidden="true" />
        </a>
        <ThemeMenu />
        <LanguageMenu />
        {isOpen ? <WhoMenu /> : null}
      </div>
    </header>
  );
}

const isMac = navigator.userAgent.includes('Mac');

function ThemeMenu() {
  const [theme, setTheme] = useTheme();
  const options = themes.map((value) => ({ value, text: t(`theme.${value}`) }));
  return (
    <Choice
      label={t('theme.title')}
      icon={SunMoon}
      value={theme}
      options={options}
      onChoose={(v) => setTheme(v as Theme)}
    />
  );
}

function LanguageMenu() {
  const options = Object.entries(languages).map(([value, text]) => ({ value, text }));
  return (
    <Choice
      label={t('frame.language')}
      icon={Languages}
      value={useLanguage()}
      options={options}
      onChoose={(value) => void chooseLanguage(value as Language)}
    />
  );
}

function Choice(props: {
  label: string;
  icon: LucideIcon;
  value: string;
  options: readonly { value: string; text: string }[];
  onChoose: (value: string) => void;
}) {
  const { label, icon: Icon, value, options, onChoose } = props;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="side-tool" aria-label={label}>
        <Icon aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.RadioGroup value={value} onValueChange={onChoose}>
            {options.map((option) => (
              <DropdownMenu.RadioItem key={option.value} value={option.value} className="menu-item">
                {option.text}
                <DropdownMenu.ItemIndicator className="menu-check">✓</DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The logo: a dark stone with a streak of gold. */
function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path className="mark-stone" d="M8 2.5 25.5 4 30 13.5 27 26.5 14 30 3.5 24 2 11z" />
      <path className="mark-gold" d="M9 21.5 22.5 10" />
      <path className="mark-glint" d="M14.5 23.5 24 15.5" />
    </svg>
  );
}
