import { EventStoreError } from '../port.ts';
import { failureOf } from './failure.ts';
import { portError } from './subscribe/follow.ts';

/**
 * Describes why a server did not let us in, with the setting and what to do. Returns any other
 * failure as an error of the port.
 */
export function refusedInWords(error: unknown, url: string): unknown {
  if (error instanceof EventStoreError) return error;
  const { kind, message } = failureOf(error);
  if (kind !== 'refused') return portError(error);
  const { user, hosts } = whoAndWhere(url);
  const refused = (text: string) => new EventStoreError('refused', `${text} (it said: ${message})`, { cause: error });
  if (/UNAUTHENTICATED/i.test(message)) {
    const what =
      user === undefined ? 'asks for a name and a password' : `does not take the name ${user} with its password`;
    return refused(
      `EventStoreDB at ${hosts} ${what}. What to do: put those of a user of the server into EVENT_STORE_URL, esdb://name:password@host:2113, both percent-encoded.`,
    );
  }
  if (/PERMISSION_DENIED|access.?denied/i.test(message)) {
    const who = user === undefined ? 'somebody without a name' : `the user ${user}`;
    return refused(
      `EventStoreDB at ${hosts} does not let ${who} do what the log needs. What to do: give the user of EVENT_STORE_URL the right to read $all, and to read and write the streams of the log; docs/start.md says how. Members of $admins have both.`,
    );
  }
  return portError(error);
}

function whoAndWhere(url: string): { readonly user: string | undefined; readonly hosts: string } {
  const [, credentials, hosts = url] = /^[^:]+:\/\/(?:(.*)@)?([^@/?]*)/s.exec(url) ?? [];
  const user = credentials?.split(':')[0];
  try {
    return { user: user && decodeURIComponent(user), hosts };
  } catch {
    return { user, hosts };
  }
}
