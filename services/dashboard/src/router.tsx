import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

const moved = 'touchstone:moved';

/** Path and query of the address bar; changes with it. */
export function useAddress(): { readonly pathname: string; readonly search: string } {
  const href = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`);
  const at = href.indexOf('?');
  return at < 0 ? { pathname: href, search: '' } : { pathname: href.slice(0, at), search: href.slice(at) };
}

/** Goes to a path of this page. A change within a page (a filter, a period) replaces its entry in the history. */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  dispatchEvent(new Event(moved));
}

/** A link within the page. Whatever asks for another tab or window is left to the browser. */
export function Link({
  to,
  replace = false,
  ...rest
}: { to: string; replace?: boolean } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'onClick'>) {
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to, replace ? 'replace' : 'push');
  };
  return <a {...rest} href={to} onClick={onClick} />;
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(moved, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(moved, listener);
  };
}
