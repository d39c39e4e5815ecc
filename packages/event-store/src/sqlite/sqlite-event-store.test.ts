import { sqliteContract, sqliteWays } from '../../testing/sqlite-contract.ts';
import { availableSqliteDrivers } from './driver.ts';

// Only one way, for a quick run; sqlite-event-store.long.test.ts runs the others.
sqliteContract(sqliteWays(availableSqliteDrivers()).at(-1)!);
