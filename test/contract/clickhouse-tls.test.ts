import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { errorOf, givenReadModels } from './clickhouse-read-models.ts';

const describeWithOpenssl = await describeWith('openssl');

describeWithOpenssl('a ClickHouse server whose certificate an authority of our own has signed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-tls-'));
  const ca = join(folder, 'ca.crt');
  let clickhouse: ClickHouseServer;
  let inFront: Server;
  let url: string;

  beforeAll(async () => {
    const key = join(folder, 'server.key');
    const options = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...options, ...names, '-keyout', key, '-out', ca], { stdio: 'pipe' });
    clickhouse = await startClickHouseServer();
    inFront = createServer({ key: readFileSync(key), cert: readFileSync(ca) }, (secured) => {
      const plain = connect(clickhouse.port, '127.0.0.1');
      secured.pipe(plain).pipe(secured);
      for (const socket of [secured, plain]) socket.on('error', () => [secured, plain].map((each) => each.destroy()));
    }).listen(0, '127.0.0.1');
    await once(inFront, 'listening');
    const secured = new URL(clickhouse.url.replace('http:', 'https:'));
    secured.port = String((inFront.address() as AddressInfo).port);
    url = secured.toString();
  });
  afterAll(async () => {
    inFront?.close();
    await clickhouse?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is trusted by ?ca= alone', async () => {
    const { clickhouse: opened } = await givenReadModels(`${url}?ca=${encodeURIComponent(ca)}`);
    expect(await opened.query('SELECT 7 AS seven', {}, z.object({ seven: z.number() }))).toEqual([{ seven: 7 }]);
    expect((await errorOf(givenReadModels(url))).message).toMatch(/certificate/);
  });

  test('a file that is not there, and ca= without https, are said before anything is asked', async () => {
    expect(await errorOf(givenReadModels(`${url}?ca=${folder}/none.crt`))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('none.crt'),
    });
    expect(await errorOf(givenReadModels(`${clickhouse.url}?ca=${ca}`))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('is for https'),
    });
  });
});
