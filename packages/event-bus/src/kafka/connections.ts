import type { BusLogger, BusTimes } from '../event-bus.ts';
import type { NewClient } from './client.ts';
import type { Topics } from './topics.ts';

/** Dependencies shared by every reader and writer of one bus. */
export interface Connections {
  readonly newClient: NewClient;
  readonly topics: Topics;
  readonly times: BusTimes;
  readonly logger: BusLogger;
}
