import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type PagePath, useAddress, useCarried } from '../frame/links.tsx';

/**
 * The parts of a room, each an address of its own: the name `view` says which, and the first is the
 * room's own address. The whole selection goes along, and of the room's names those in `keeps`.
 */
export function SubPages<Name extends string>(props: {
  to: PagePath;
  label: string;
  names: readonly Name[];
  textOf: (name: Name) => ReactNode;
  keeps?: readonly string[];
}) {
  const { to, label, names, textOf, keeps = [] } = props;
  const address = useAddress();
  const kept = Object.fromEntries(keeps.flatMap((name) => (name in address ? [[name, address[name]]] : [])));
  const search = { ...useCarried(), ...kept };
  return (
    <nav className="tabs" aria-label={label}>
      {names.map((name, index) => (
        <Link
          key={name}
          to={to}
          search={{ ...search, view: index === 0 ? undefined : name } as never}
          activeOptions={{ includeSearch: true, explicitUndefined: true }}
          className="tab"
        >
          {textOf(name)}
        </Link>
      ))}
    </nav>
  );
}
