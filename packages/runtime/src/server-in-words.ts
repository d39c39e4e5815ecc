import { setTimeout as pause } from 'node:timers/promises';
import { probeServer, type ServerAddress, type ServerTrouble } from './probe-server.ts';

/** A server named by the configuration. */
export interface ConfiguredServer {
  readonly name: string;
  /** The environment variable that names it. */
  readonly setting: string;
  readonly addresses: readonly ServerAddress[];
  /** Advice on how to switch TLS on, switch it off, and trust a private authority. */
  readonly advice: { readonly tlsOn: string; readonly tlsOff: string; readonly authority: string };
}

/** A server is unusable; the message names the setting and what to do. */
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

/** Two sentences: what is wrong, and what to do. */
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

/**
 * Why none of the server's addresses is usable; `undefined` if one of them is. `isFinal`: waiting
 * does not help.
 */
export async function troubleWith(
  server: ConfiguredServer,
): Promise<{ readonly words: string; readonly isFinal: boolean } | undefined> {
  const found = await Promise.all(server.addresses.map(probeServer));
  const [first] = found;
  if (first === undefined || found.includes(undefined)) return undefined;
  // Prefer the failure of an address that answers: it says more than an absent one.
  const isAway = ({ kind }: ServerTrouble) => kind === 'nobody' || kind === 'unknown-host';
  const at = Math.max(
    0,
    found.findIndex((trouble) => trouble !== undefined && !isAway(trouble)),
  );
  return { words: troubleInWords(server, server.addresses[at]!, found[at]!), isFinal: !isAway(found[at]!) };
}

/** Delay in ms before the server is probed while `open` is still running. */
const LOOK_AFTER_MS = 1_000;

/**
 * Runs `open`; if it is slow or fails, probes the server for the reason: a failure that waiting
 * cannot mend ends it at once, any other goes to `warn` while `open` goes on. Throws {@link
 * ServerUnusable}, or the error of `open` if the server is reachable.
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
    // A late success of `open` has no owner: the process exits.
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

/** Never resolves; rejects if waiting does not help. */
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
