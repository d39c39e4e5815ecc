import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, useRouterState } from '@tanstack/react-router';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrokenPage } from './components/states.tsx';
import { BASE_PATH } from './data/ask.ts';
import { queries } from './data/use-answer.ts';
import { router } from './frame/routes.tsx';
import { startTheme } from './frame/theme.ts';
import { letNoTextBecomeHtml } from './frame/trusted-types.ts';
import { formatIn } from './i18n/format.ts';
import { startLanguage, useLanguage } from './i18n/language.ts';
import type { Address } from './selection/address.ts';
import './styles/tokens.css';
import './styles/page.css';
import './styles/frame.css';
import './styles/menus.css';
import './styles/parts.css';
import './styles/tables.css';
import './styles/overview.css';
import './styles/rates.css';
import './styles/work.css';
import './styles/marks.css';
import './styles/subject.css';
import './styles/journeys.css';
import './styles/definitions.css';
import './styles/share.css';
import './styles/system.css';
import './styles/print.css';

letNoTextBecomeHtml();
startTheme();

const element = document.getElementById('root')!;
const root = createRoot(element, {
  // Errors such as an answer of an unexpected shape end here. React has emptied the page by then,
  // so this shows the reason in its place.
  onUncaughtError: (error) => {
    console.error(error);
    queueMicrotask(() =>
      createRoot(element.appendChild(document.createElement('div'))).render(<BrokenPage error={error} />),
    );
  },
});

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The whole page, drawn anew when its language or its time zone changes. */
function App() {
  const language = useLanguage();
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider key={language} router={router} InnerWrap={InZone} />
    </QueryClientProvider>
  );
}

function InZone({ children }: { children: ReactNode }) {
  const timeZone = useRouterState({ select: ({ location }) => (location.search as Address).timeZone ?? ownZone });
  formatIn({ timeZone });
  return (
    <div key={timeZone} className="app">
      {children}
    </div>
  );
}

if (isUnderBasePath()) {
  await startLanguage();
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
} else {
  location.replace(BASE_PATH + location.pathname + location.search + location.hash);
}

/** False where somebody opens the server itself, past the proxy that publishes it under a path. */
function isUnderBasePath(): boolean {
  return `${location.pathname}/`.startsWith(`${BASE_PATH}/`);
}
