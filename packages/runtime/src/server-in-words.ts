import { setTimeout as pause } from 'node:timers/promises';
import { probeServer, type ServerAddress, type ServerTrouble } from './probe-server.ts';

/** A server that the configuration names. */
export interface ConfiguredServer {
  readonly name: string;
  /** The variable that names it. */
  readonly setting: string;
  readonly addresses: readonly ServerAddress[];
  /** What to do to speak with TLS, without it, and to trust an authority of one's own. */
  readonly advice: { readonly tlsOn: string; readonly tlsOff: string; readonly authority: string };
}

/** A server cannot be used, said with the setting and what to do. */
export class ServerUnusable extends Error {
  override readonly name = 'ServerUnusable';
}

const CERTIFICATES: Readonly<Record<string, { readonly why: string; readonly advice?: string }>> = {
  CERT_HAS_EXPIRED: { why: 'it has expired', advice: 'renew it on the server' },
  CERT_NOT_YET_VALID: {
    why: 'it is not valid yet',
    advice: 'set the clocks of both machines right, or renew the certificate',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'it is for another name',
    advice: 'name the server as its certificate does, or have that name put into the certificate',
  },
};

/** One sentence of what is wrong, and one of what to do. */
export function troubleInWords(
  { name, setting, advice }: ConfiguredServer,
  { host, port }: Pick<ServerAddress, 'host' | 'port'>,
  trouble: ServerTrouble,
): string {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const [what, doing] = words();
  return `${what}. What to do: ${doing}.`;

  function words(): readonly [string, string] {
    switch (trouble.kind) {
      case 'nobody':
        return [
          `Nobody answers at ${where}, where ${setting} says that ${name} is`,
          `start ${name} there, let this machine reach it (network, firewall), or name where it is in ${setting}`,
        ];
      case 'unknown-host':
        return [
          `The host ${host}, where ${setting} says that ${name} is, is not known here`,
          `mend the name in ${setting}, or the name service (DNS) of this machine`,
        ];
      case 'speaks-tls':
        return [`${name} at ${where} speaks TLS, and ${setting} asks for a connection without it`, advice.tlsOn];
      case 'speaks-no-tls':
        return [`${name} at ${where} speaks no TLS, and ${setting} asks for it`, advice.tlsOff];
      case 'unverified': {
        const known = CERTIFICATES[trouble.code];
        const why = known?.why ?? `no authority that is trusted here has signed it (${trouble.code})`;
        return [`The certificate of ${name} at ${where} cannot be verified: ${why}`, known?.advice ?? advice.authority];
      }
    }
  }
}

/** What keeps us from every server of these; `undefined` where one would let us speak. `isFinal`: waiting does not help. */
export async function troubleWith(
  server: ConfiguredServer,
): Promise<{ readonly words: string; readonly isFinal: boolean } | undefined> {
  const found = await Promise.all(server.addresses.map(probeServer));
  const [first] = found;
  if (first === undefined || found.includes(undefined)) return undefined;
  // One that answers says more than those that do not.
  const isAway = ({ kind }: ServerTrouble) => kind === 'nobody' || kind === 'unknown-host';
  const at = Math.max(
    0,
    found.findIndex((trouble) => trouble !== undefined && !isAway(trouble)),
  );
  return { words: troubleInWords(server, server.addresses[at]!, found[at]!), isFinal: !isAway(found[at]!) };
}

/** So long an opening is left alone before the server is looked at. */
const LOOK_AFTER_MS = 1_000;

/**
 * What `open` opens. Where it takes longer, or fails, the server itself is asked why: what waiting does not mend ends it at once, the rest is told to `warn` while it is tried on.
 * Throws {@link ServerUnusable}, or what `open` throws where nothing is wrong with how the server is reached.
 */
export async function openInWords<Opened>(
  server: ConfiguredServer,
  open: () => Promise<Opened>,
  warn: (words: string) => void,
): Promise<Opened> {
  const over = new AbortController();
  const opening = open();
  const watched = watch(server, warn, over.signal);
  try {
    return await Promise.race([opening, watched]);
  } catch (error) {
    // Whatever is opened after all belongs to nobody; the process ends.
    opening.catch(() => undefined);
    if (error instanceof ServerUnusable) throw error;
    const trouble = await troubleWith(server);
    if (trouble === undefined) throw error;
    throw new ServerUnusable(trouble.words, { cause: error });
  } finally {
    over.abort();
    watched.catch(() => undefined);
  }
}

/** Never resolves. */
async function watch(server: ConfiguredServer, warn: (words: string) => void, signal: AbortSignal): Promise<never> {
  const never = new Promise<never>(() => undefined);
  await pause(LOOK_AFTER_MS, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return never;
  const trouble = await troubleWith(server);
  if (trouble === undefined || signal.aborted) return never;
  if (trouble.isFinal) throw new ServerUnusable(trouble.words);
  warn(trouble.words);
  return never;
}
