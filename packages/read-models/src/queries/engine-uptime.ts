import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';

const row = z.object({ host: z.string(), seconds: z.coerce.number() });

/** The server that answered, perhaps one of several replicas, and how long it has been running. */
export interface EngineUptime extends z.infer<typeof row> {
  /** When it was asked and when its answer came, by `performance.now()`. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

export async function engineUptime(clickhouse: ClickHouse): Promise<EngineUptime> {
  const askedAt = performance.now();
  const [uptime] = await clickhouse.query('SELECT hostName() AS host, uptime() AS seconds', {}, row);
  return { ...uptime!, askedAt, answeredAt: performance.now() };
}
