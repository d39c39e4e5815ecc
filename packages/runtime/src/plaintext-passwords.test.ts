import { expect, test } from 'vitest';
import { sendsPasswordInPlaintext } from './plaintext-passwords.ts';

test.each([
  'kafka://user:secret@kafka-1:9092,kafka-2:9092',
  'kafka://user:secret@kafka:9092?mechanism=scram-sha-512',
  'kafka://user:secret@127.0.0.1:9092,kafka-2:9092',
  'kafka://user:secret@kafka:9092?ssl=false',
  'esdb://user:secret@eventstore:2113?tls=false',
  'esdb+discover://user:sec/ret@eventstore?Tls=x&tls=False',
  'http://user:p/s?s@clickhouse:8123',
])('%s can be read by whoever is on the way', (url) => expect(sendsPasswordInPlaintext(url)).toBe(true));

test.each([
  'kafka://kafka:9092',
  'kafka://user:secret@kafka:9093?ssl=true',
  'kafka://user:secret@kafka:9093?ca=/etc/touchstone/ca.crt',
  'kafka://user:secret@localhost:9092',
  'esdb://user:secret@eventstore:2113',
  'esdb://eventstore:2113?tls=false',
  'esdb://user:secret@[::1]:2113?tls=false',
  'http://clickhouse:8123',
  'http://user:secret@127.0.0.1:8123',
  'https://user:secret@clickhouse:8443',
  'sqlite:/data/a@b.db',
])('%s keeps its password, or has none', (url) => expect(sendsPasswordInPlaintext(url)).toBe(false));
