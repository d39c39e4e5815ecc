import { sqliteContract, sqliteWays } from '../../testing/sqlite-contract.ts';
import { availableSqliteDrivers } from './driver.ts';

// One way of many, for a quick run; the others stand in sqlite-event-store.long.test.ts.
sqliteContract(sqliteWays(availableSqliteDrivers()).at(-1)!);
