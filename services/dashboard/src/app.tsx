import { useRef } from 'react';
import { CustomerPage } from './customer/customer-page.tsx';
import { JourneyPage } from './journey/journey-page.tsx';
import { forgetKey, useKeyState } from './key.ts';
import { KeyForm } from './key-form.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { type Route, routeOf } from './route.ts';
import { Link, useAddress } from './router.tsx';
import { Search } from './search.tsx';
import { Nowhere } from './states.tsx';
import { TitlesProvider, useTitlesInForce } from './titles.ts';
import { usePlace } from './use-place.ts';

export function App() {
  const { pathname, search } = useAddress();
  const { state, hasKey } = useKeyState();
  const main = useRef<HTMLElement>(null);
  const titles = useTitlesInForce(state === 'enough');
  usePlace(pathname + search, main);

  return (
    <TitlesProvider value={titles}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link to="/" className="brand" aria-label="Touchstone: overview">
            <Mark />
            <span>Touchstone</span>
          </Link>
          {state === 'enough' ? <Search key={pathname} /> : null}
          <nav className="top-links" aria-label="Elsewhere">
            <a href="/docs">API</a>
            {hasKey && state === 'enough' ? (
              <button type="button" className="quiet" onClick={forgetKey}>
                Forget key
              </button>
            ) : null}
          </nav>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {state === 'enough' ? <Page route={routeOf(pathname)} search={search} /> : <KeyForm state={state} />}
      </main>
    </TitlesProvider>
  );
}

function Page({ route, search }: { route: Route; search: string }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage search={search} />;
    case 'journey':
      return <JourneyPage key={`${route.id} ${search}`} id={route.id} search={search} />;
    case 'customer':
      return <CustomerPage key={route.id} id={route.id} />;
    case 'nowhere':
      return <Nowhere pathname={location.pathname} />;
  }
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
