import type { RoleValue } from './role.ts';

/** Keeps the rows up to date. */
export const projector: RoleValue = {
  name: 'projector',
  start: (parts) => parts.tables!.fill(parts),
};
