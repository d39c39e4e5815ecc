import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withServersOnPath } from '../servers-here/program.ts';

const snippets = join(import.meta.dirname, '../../infra/proxies');

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** How a proxy is started: from the snippet of infra/, with addresses that are free here. */
export interface ProxyOptions {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Host and port of Touchstone. */
  readonly upstream: string;
  /** Without it, the proxy speaks plain HTTP. */
  readonly tls: Certificate | undefined;
  /** True: the proxy takes the prefix off, and Touchstone never sees it. */
  readonly strips: boolean;
}

export interface StartedProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Makes a certificate for localhost that nobody has signed. */
export function selfSigned(folder: string): Certificate {
  const [key, cert] = [join(folder, 'proxy.key'), join(folder, 'proxy.crt')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...made, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key, cert };
}

export const proxies = {
  async nginx({ folder, upstream, tls, strips }: ProxyOptions): Promise<StartedProxy> {
    const port = await freePort();
    const site = changed(readFileSync(join(snippets, 'nginx.conf'), 'utf8'), [
      ['listen 443 ssl;', `listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};`],
      ['touchstone.example.org;', 'localhost;'],
      ['ssl_certificate /etc/nginx/touchstone.crt;', tls === undefined ? '' : `ssl_certificate ${tls.cert};`],
      ['ssl_certificate_key /etc/nginx/touchstone.key;', tls === undefined ? '' : `ssl_certificate_key ${tls.key};`],
      ['127.0.0.1:4700;', `${upstream};${strips ? ' rewrite ^/touchstone/?(.*)$ /$1 break;' : ''}`],
    ]);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (of) => `${of}_temp_path ${folder}/${of};`,
    );
    const main = `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log stderr;
events {} http { access_log off; ${temporary.join(' ')} ${site} }`;
    writeFileSync(join(folder, 'nginx.conf'), main);
    const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
      env: withServersOnPath,
      stdio: [...stdio],
    });
    return listening(child, port, tls);
  },
  async Caddy({ folder, upstream, tls, strips }: ProxyOptions): Promise<StartedProxy> {
    const port = await freePort();
    const site = changed(readFileSync(join(snippets, 'Caddyfile'), 'utf8'), [
      [
        '\ntouchstone.example.org {',
        `\n{\n\tadmin off\n\tauto_https disable_redirects\n}\n${tls === undefined ? 'http' : 'https'}://localhost:${port} {\n\tbind 127.0.0.1${tls === undefined ? '' : `\n\ttls ${tls.cert} ${tls.key}`}`,
      ],
      ['handle @touchstone {', `handle @touchstone {${strips ? '\n\t\turi strip_prefix /touchstone' : ''}`],
      ['127.0.0.1:4700', upstream],
    ]);
    writeFileSync(join(folder, 'Caddyfile'), site);
    mkdirSync(join(folder, 'data'));
    const env = { ...withServersOnPath, XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'data') };
    const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
      env,
      stdio: [...stdio],
    });
    return listening(child, port, tls);
  },
} as const satisfies Record<string, (options: ProxyOptions) => Promise<StartedProxy>>;

const stdio = ['ignore', 'ignore', 'pipe'] as const;

/** The snippet with other addresses; each text that is replaced must be there. */
function changed(snippet: string, replaced: readonly (readonly [string, string])[]): string {
  return replaced.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the snippet has no ${from}`);
    return text.replace(from, () => to);
  }, snippet);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** Resolves once the proxy answers; throws what it said if it ends before. */
async function listening(child: ChildProcess, port: number, tls: Certificate | undefined): Promise<StartedProxy> {
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'exit');
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}: ${said}`);
    await pause(50);
  }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
