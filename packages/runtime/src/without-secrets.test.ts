import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';
import { textWithoutSecrets, urlWithoutSecrets } from './without-secrets.ts';

const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
/** Each printable character between two markers that occur nowhere else. */
const PASSWORDS = [...PRINTABLE, PRINTABLE.join(''), PRINTABLE.toReversed().join('')].map((text) => `Xq${text}Zw`);
const SECRET = /Xq|Zw/;

function toldOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message + JSON.stringify(error.mistakes);
    throw error;
  }
  return '';
}

test('no password shows, whatever printable characters it is made of', () => {
  for (const password of PASSWORDS) {
    const urls = [
      `esdb://admin:${password}@127.0.0.1:2113`,
      `esdb+discover://${password}:${password}@node1:2113,node2:2113?tls=false`,
      `http://user:${password}@host:8123/path?user=a&password=${password}`,
      `http://host:8123?password=${password}`,
      `http://host:8123/#${password}`,
      // This URL lacks the host, so the rest of a password behind an `@` would look like one.
      `http://host:${password.replaceAll('@', '')}`,
      `user:${password}@host`,
    ];
    for (const url of urls) expect(urlWithoutSecrets(url)).not.toMatch(SECRET);
    expect(urlWithoutSecrets(urls[0]!)).toBe(`esdb://***${/[?#]/.test(password) ? '' : '@127.0.0.1:2113'}`);
  }
});

test('no mistake of the configuration shows one, whichever variable it was put into', () => {
  for (const password of PASSWORDS) {
    const wrong = `esdb+x://admin:${password}@node:2113?secret=${password}`;
    const told = toldOf({ EVENT_STORE_URL: wrong, CLICKHOUSE_URL: wrong, KAFKA_URL: wrong, HOST: wrong, PORT: wrong });
    expect(told).toContain('EVENT_STORE_URL=esdb+x://***');
    expect(told).not.toMatch(SECRET);
    expect(toldOf({ CLICKHOUSE_URL: `http://user:${password}@host:81234` })).not.toMatch(SECRET);
    expect(toldOf({ ROLES: 'query', EVENT_STORE_URL: `http://user:${password}@host` })).not.toMatch(SECRET);
  }
});

test('what is no secret is shown, so that a mistake can be found', () => {
  for (const value of [
    'http://host:8123/path',
    'http://[::1]:8123',
    'kafka://a:9092,b:9092',
    'sqlite:/data/a@b?.db',
    '70000',
    'no',
  ])
    expect(urlWithoutSecrets(value)).toBe(value);
});

test('no line of a log shows the password of a URL, and no more than that is taken out of it', () => {
  for (const password of PASSWORDS.filter((text) => !text.includes(' '))) {
    const url = `http://user:${password}@host:8123`;
    const line = textWithoutSecrets(JSON.stringify({ msg: `no answer from ${url}`, url, customer: 'a@b.example' }));
    expect(JSON.parse(line)).toEqual({
      msg: 'no answer from http://***@host:8123',
      url: 'http://***@host:8123',
      customer: 'a@b.example',
    });
  }
  const stack = JSON.stringify(
    'Error: http://a/b\n at x (file:///node_modules/@touchstone/a.ts:1:2)\n at /node_modules/@b',
  );
  expect(textWithoutSecrets(stack)).toBe(stack);
});
