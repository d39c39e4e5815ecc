import { expect, test } from 'vitest';
import { faultOfResolved, faultOfUrl, reachOf } from './target-address.ts';

test.each([
  'https://example.com/alerts',
  'https://example.com:8443/a?b=c',
  'HTTPS://Example.com',
  'https://93.184.215.14/',
  'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/',
  'http://localhost:9000/',
  'https://localhost/',
  'http://127.0.0.1:9000/hook',
  'http://127.8.9.10/',
  'http://[::1]:9000/',
])('%s may be the address of a target', (url) => {
  expect(faultOfUrl(url, false)).toBeUndefined();
});

/** Each with a part of the reason. */
const REFUSED: readonly (readonly [url: string, reason: string])[] = [
  ['', 'blanks'],
  ['example.com/alerts', 'must be an address'],
  ['//example.com/', 'must be an address'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['ftp://example.com/', 'must begin with https://'],
  ['gopher://127.0.0.1:25/', 'must begin with https://'],
  ['javascript:alert(1)', 'must begin with https://'],
  ['data:text/plain,x', 'must begin with https://'],
  ['https:example.com', 'must begin with https:// and a host'],
  ['https:/example.com', 'must begin with https:// and a host'],
  ['https:///example.com', 'must name the host as example.com'],
  ['https:\\\\example.com\\', 'backslashes'],
  ['https://exa\tmple.com/', 'blanks'],
  ['https://example.com/\n', 'blanks'],
  ['https://exämple.com/', 'ASCII'],
  ['https://user:secret@example.com/', 'no user'],
  ['https://@example.com/', 'no user'],
  ['https://example.com@10.0.0.1/', 'no user'],
  ['https://example.com/#part', 'fragment'],
  ['http://example.com/', 'http is for localhost'],
  ['http://93.184.215.14/', 'http is for localhost'],
  ['http://localhost.example.com/', 'http is for localhost'],
  ['http://127.0.0.1.nip.io/', 'http is for localhost'],
  ['http://localhost./', 'http is for localhost'],
  ['https://localhost./', 'write localhost'],
  ['https://api.localhost/', 'write localhost'],
  ['https://10.0.0.1/', 'TARGETS_PRIVATE'],
  ['https://172.16.3.4/', 'TARGETS_PRIVATE'],
  ['https://192.168.1.1/', 'TARGETS_PRIVATE'],
  ['https://169.254.169.254/latest/meta-data', 'TARGETS_PRIVATE'],
  ['https://100.64.1.1/', 'TARGETS_PRIVATE'],
  ['https://0.0.0.0/', 'TARGETS_PRIVATE'],
  ['https://255.255.255.255/', 'TARGETS_PRIVATE'],
  ['https://224.0.0.1/', 'TARGETS_PRIVATE'],
  ['https://198.18.0.1/', 'TARGETS_PRIVATE'],
  ['https://[::]/', 'TARGETS_PRIVATE'],
  ['https://[fe80::1]/', 'TARGETS_PRIVATE'],
  ['https://[fd00:ec2::254]/', 'TARGETS_PRIVATE'],
  ['https://[fec0::1]/', 'TARGETS_PRIVATE'],
  ['https://[ff02::1]/', 'TARGETS_PRIVATE'],
  ['https://[::ffff:7f00:1]/', 'TARGETS_PRIVATE'],
  ['https://[::ffff:a00:1]/', 'TARGETS_PRIVATE'],
  ['https://[64:ff9b::a00:1]/', 'TARGETS_PRIVATE'],
  ['https://[2002:a00:1::]/', 'TARGETS_PRIVATE'],
  ['https://[::a00:1]/', 'TARGETS_PRIVATE'],
  ['http://[::ffff:127.0.0.1]/', 'must name the host as [::ffff:7f00:1]'],
  ['http://[0:0:0:0:0:0:0:1]/', 'must name the host as [::1]'],
  // Notations of 127.0.0.1 and 10.0.0.1: one number, octal, hexadecimal, with fewer parts.
  ['http://2130706433/', 'must name the host as 127.0.0.1'],
  ['http://0x7f000001/', 'must name the host as 127.0.0.1'],
  ['http://017700000001/', 'must name the host as 127.0.0.1'],
  ['http://0177.0.0.1/', 'must name the host as 127.0.0.1'],
  ['http://0x7f.1/', 'must name the host as 127.0.0.1'],
  ['http://127.1/', 'must name the host as 127.0.0.1'],
  ['http://127.0.0.1./', 'must name the host as 127.0.0.1'],
  ['https://167772161/', 'must name the host as 10.0.0.1'],
  ['https://%31%30.0.0.1/', 'must name the host as 10.0.0.1'],
  ['https://example.com:99999/', 'must be an address'],
  ['https://[::1/', 'must be an address'],
  ['https://', 'must be an address'],
];

test.each(REFUSED)('%j is refused, with the reason: %s', (url, reason) => {
  expect(faultOfUrl(url, false)).toContain(reason);
});

test('where private addresses are allowed they need https all the same', () => {
  expect(faultOfUrl('https://10.0.0.1/', true)).toBeUndefined();
  expect(faultOfUrl('https://[fd00::1]/', true)).toBeUndefined();
  expect(faultOfUrl('http://10.0.0.1/', true)).toContain('http is for localhost');
});

test('NAT64 is as public as the address in it', () => {
  expect(reachOf('64:ff9b::5db8:d70e')).toBe('public');
  expect(reachOf('64:ff9b::7f00:1')).toBe('private');
  expect(reachOf('64:ff9b:1::5db8:d70e')).toBe('private');
});

test('a name may have addresses of the internet, and localhost those of loopback', () => {
  expect(faultOfResolved('example.com', '93.184.215.14')).toBeUndefined();
  expect(faultOfResolved('localhost', '::1')).toBeUndefined();
  for (const address of ['127.0.0.1', '10.0.0.1', '::1', '::ffff:10.0.0.1', 'fe80::1%eth0', '0.0.0.0']) {
    expect(faultOfResolved('example.com', address)).toContain(address);
  }
  expect(faultOfResolved('localhost', '10.0.0.1')).toContain('10.0.0.1');
});
