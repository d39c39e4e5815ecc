import { endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { ask } from '../ask.ts';
import { plain, table, whole } from '../terminal/style.ts';

/**
 * Prints which events a restored log no longer holds; or dismisses them and drops the rows that
 * still tell of them.
 */
export async function runLost(
  client: Client,
  { dismiss, json }: { readonly dismiss: boolean; readonly json: boolean },
): Promise<void> {
  const { items } = await ask(client, endpoints.getLostHistory, {});
  if (json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('Nothing is known to be lost.');
  for (const { generation, foundAt, events, customers, minutes, customerIds } of json ? [] : items) {
    console.log(
      `The log was put back from a backup, found at ${foundAt}: it lacks ${whole(events)} events that were known, and all of ${whole(customers)} customers.`,
    );
    if (minutes.length > 0) {
      const rows = minutes.map(({ minute, source, events: lost }) => [minute, plain(source), whole(lost)]);
      console.log(table(['recorded', 'source', '>events'], rows));
    }
    if (customerIds.length > 0) console.log(`Customers without any event: ${customerIds.map(plain).join(', ')}`);
    if (!dismiss)
      console.log(
        `Have the sources publish it again, then forget it: touchstone lost --dismiss (generation ${generation}).`,
      );
  }
  if (!dismiss) return;
  for (const { generation } of items) {
    await ask(client, endpoints.dismissLostHistory, { params: { generation: String(generation) } });
  }
  if (!json && items.length > 0) console.log('Forgotten: the rows that told of it are dropped.');
}
