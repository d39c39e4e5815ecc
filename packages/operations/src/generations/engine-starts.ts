import type { EngineUptime } from '@touchstone/read-models';

/** Notices that a ClickHouse server was restarted: one that lost power may have lost rows. */
export interface EngineStarts {
  note(uptime: EngineUptime): void;
  /** Starts noticed so far; each server counts once when it is first seen. */
  count(): number;
}

export function engineStarts(): EngineStarts {
  const seen = new Map<string, EngineUptime>();
  let starts = 0;
  return {
    note(uptime) {
      const before = seen.get(uptime.host);
      if (before === undefined || isShort(uptime, before)) starts++;
      seen.set(uptime.host, uptime);
    },
    count: () => starts,
  };
}

/** Whether the server has run for less time than has passed at least; uptimes are whole seconds. */
function isShort(uptime: EngineUptime, before: EngineUptime): boolean {
  const passed = Math.max(0, (uptime.askedAt - before.answeredAt) / 1000 - 1);
  return uptime.seconds < before.seconds + passed;
}
