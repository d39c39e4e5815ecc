import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noParameters } from './parameters.ts';
import { scopes } from './vocabulary.ts';

const scope = z.enum(scopes).meta({ id: 'Scope' });

const key = z
  .strictObject({
    name: z.string(),
    scopes: z.array(scope),
    sources: z
      .array(z.string())
      .nullable()
      .describe('The only sources whose events it may publish; null where it is bound to none'),
  })
  .meta({ id: 'Key', description: 'A key as the file of keys has it, never its secret' });

const caller = z
  .strictObject({
    needsKey: z.boolean().describe('False where the system has no keys, and serves this machine alone'),
    name: z.string().nullable().describe('Of the key; null without one'),
    scopes: z.array(scope).describe('What the caller may do'),
  })
  .meta({ id: 'Caller' });

export const getCaller = endpoint({
  id: 'getCaller',
  method: 'GET',
  path: '/v1/me',
  tag: 'Access',
  summary: 'Who asks, and what they may do',
  description: 'Answered without a key too, so that a page learns whether it must ask for one.',
  scope: 'public',
  waits: 'never',
  query: noParameters,
  answer: caller,
});

export const openSession = endpoint({
  id: 'openSession',
  method: 'POST',
  path: '/v1/session',
  tag: 'Access',
  summary: 'Trade a key for a cookie',
  description:
    'For pages, which cannot send a header with downloads and event streams. The cookie is HttpOnly and SameSite=Strict, ends with the browser and with the key, and writes by it need the Origin of this server. Without keys there is nothing to trade, and no cookie.',
  scope: 'public',
  waits: 'never',
  query: noParameters,
  body: z
    .strictObject({ key: z.string().min(1).max(512) })
    .meta({ id: 'SessionRequest', examples: [{ key: 'tsk_…' }] }),
  answer: caller,
  problems: [401],
});

export const closeSession = endpoint({
  id: 'closeSession',
  method: 'DELETE',
  path: '/v1/session',
  tag: 'Access',
  summary: 'Sign out: drop the cookie',
  scope: 'public',
  waits: 'never',
  query: noParameters,
  answer: caller,
});

export const listKeys = endpoint({
  id: 'listKeys',
  method: 'GET',
  path: '/v1/keys',
  tag: 'Access',
  summary: 'The keys in force: names and scopes, never secrets',
  scope: 'admin',
  waits: 'never',
  query: noParameters,
  answer: z.strictObject({ items: z.array(key) }).meta({ id: 'Keys' }),
});

export const getConfiguration = endpoint({
  id: 'getConfiguration',
  method: 'GET',
  path: '/v1/configuration',
  tag: 'Access',
  summary: 'What the process that answers is configured with',
  description: 'Addresses are shown without passwords and parameters, and files by their paths.',
  scope: 'admin',
  waits: 'never',
  query: noParameters,
  answer: z
    .strictObject({
      items: z.array(
        z
          .strictObject({
            name: z.string().describe('Of the environment variable'),
            value: z.string().nullable().describe('As given; null where it is not given'),
          })
          .meta({ id: 'Setting' }),
      ),
    })
    .meta({ id: 'Configuration' }),
});
