import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** Address of a server and how to connect to it, as configured. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM of the trusted authority; without it Node's defaults. */
  readonly ca?: Buffer | undefined;
  /** False if any certificate is accepted. */
  readonly isVerified?: boolean | undefined;
}

/** Why no connection to a server is possible; `code` is Node's code of the certificate error. */
export type ServerTrouble =
  | { readonly kind: 'nobody' | 'unknown-host' | 'speaks-tls' | 'speaks-no-tls' }
  | { readonly kind: 'unverified'; readonly code: string };

/** Time limit of the probe, in ms: a server that is slower counts as not responding. */
const PROBE_MS = 1_500;

/**
 * Connects once to a server, speaks nothing of its protocol, and disconnects. Resolves to
 * `undefined` if the connection is usable.
 */
export async function probeServer(address: ServerAddress): Promise<ServerTrouble | undefined> {
  const reached = await settled(connectPlain({ host: address.host, port: address.port }), 'connect');
  if (reached.end !== 'done') return { kind: isNameUnknown(reached.code) ? 'unknown-host' : 'nobody' };
  const greeted = await handshake(address);
  if (!address.tls) return greeted.end === 'done' ? { kind: 'speaks-tls' } : undefined;
  if (greeted.end !== 'done') return { kind: 'speaks-no-tls' };
  const { code } = greeted;
  return code === undefined || address.isVerified === false ? undefined : { kind: 'unverified', code };
}

const isNameUnknown = (code: string | undefined) => code === 'ENOTFOUND' || code === 'EAI_AGAIN';

interface Settled {
  readonly end: 'done' | 'failed';
  /** Code of the failure, or of the certificate error. */
  readonly code?: string | undefined;
}

async function handshake({ host, port, ca }: ServerAddress): Promise<Settled> {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, ca, ...name, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] });
  const met = await settled(socket, 'secureConnect');
  return met.end === 'done' && !socket.authorized ? { end: 'done', code: codeOf(socket.authorizationError) } : met;
}

const codeOf = (error: TLSSocket['authorizationError'] | string): string =>
  typeof error === 'string' ? error : ((error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown');

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Settled> {
  return new Promise((resolve) => {
    const end = (how: Settled) => {
      clearTimeout(timer);
      resolve(how);
      socket.destroy();
    };
    const timer = setTimeout(end, PROBE_MS, { end: 'failed', code: 'ETIMEDOUT' });
    socket.once(event, () => end({ end: 'done' }));
    socket.once('close', () => end({ end: 'failed' }));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end({ end: 'failed', code }));
  });
}
