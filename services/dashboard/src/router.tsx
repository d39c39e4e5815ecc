import { type AnchorHTMLAttributes, type MouseEvent, useState, useSyncExternalStore } from 'react';

const moved = 'touchstone:moved';

/** How the address was last changed: by a link, within a page, or by back, forward or reload. */
export type Move = 'push' | 'replace' | 'return';
let move: Move = 'return';

/** State of a page that its entry in the browser's history keeps. */
interface Place {
  readonly scrollY?: number;
  readonly kept?: Readonly<Record<string, unknown>>;
}

export function currentPlace(): Place {
  return (history.state as Place | null) ?? {};
}

export function keepInPlace(change: Place): void {
  history.replaceState({ ...currentPlace(), ...change }, '');
}

export function latestMove(): Move {
  return move;
}

/**
 * Like `useState`, but restored when the reader comes back to the page: a sort order, or a list
 * shown whole.
 */
export function useKept<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => (currentPlace().kept?.[name] as Value | undefined) ?? initial);
  return [
    value,
    (next) => {
      setValue(next);
      keepInPlace({ kept: { ...currentPlace().kept, [name]: next } });
    },
  ];
}

/** Path and query of the address bar; re-renders when they change. */
export function useAddress(): { readonly pathname: string; readonly search: string } {
  const href = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`);
  const at = href.indexOf('?');
  return at < 0 ? { pathname: href, search: '' } : { pathname: href.slice(0, at), search: href.slice(at) };
}

/**
 * Goes to a path of this page. A change within a page (a filter, a period) replaces its entry in
 * the history.
 */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  move = how;
  if (how === 'push') {
    keepInPlace({ scrollY });
    history.pushState(null, '', to);
  } else history.replaceState(history.state, '', to);
  dispatchEvent(new Event(moved));
}

/** A link within the page. Clicks that ask for another tab or window are left to the browser. */
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
  const onReturn = (): void => {
    move = 'return';
    listener();
  };
  addEventListener('popstate', onReturn);
  addEventListener(moved, listener);
  return () => {
    removeEventListener('popstate', onReturn);
    removeEventListener(moved, listener);
  };
}
