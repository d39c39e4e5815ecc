// Writes what the JavaScript SDK puts on the wire: node write-javascript.mjs > javascript.json

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { CloudEvent, HTTP, Kafka } from 'cloudevents';

const { version } = JSON.parse(readFileSync(new URL('node_modules/cloudevents/package.json', import.meta.url)));
const data = {
  journeyId: 'o-1',
  journeyType: 'order',
  touchpoint: 'Kasse Süd',
  channel: 'web',
  outcome: 'succeeded',
  perception: 4.5,
};
const attributes = {
  id: 'e-1',
  source: '/shop',
  type: 'touchstone.moment.recorded.v1',
  subject: 'ada',
  time: '2026-03-01T09:00:00.250Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const event = new CloudEvent({ ...attributes, datacontenttype: 'application/json', data });
const bytes = new CloudEvent({
  ...attributes,
  datacontenttype: 'application/json',
  data: new Uint8Array(Buffer.from(JSON.stringify(data))),
});
const accented = new CloudEvent({ ...attributes, subject: 'Noé', datacontenttype: 'application/json', data });
const none = new CloudEvent({ ...attributes, type: 'touchstone.referral.made.v1' });

/** What arrives, as raw headers and bytes. */
async function sent(messages) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ rawHeaders: request.rawHeaders, body: Buffer.concat(chunks) });
      response.end();
    });
  });
  const got = [];
  await new Promise((next) => server.listen(0, '127.0.0.1', next));
  for (const { headers, body } of messages)
    await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', headers, body });
  server.close();
  return got;
}
const own = /^(ce-|content-type$)/i;
const http = [
  ['structured', event, HTTP.structured(event)],
  ['binary', event, HTTP.binary(event)],
  ['binary, subject in Latin-1', accented, HTTP.binary(accented)],
  ['binary, without data', none, HTTP.binary(none)],
  ['structured, without data', none, HTTP.structured(none)],
  ['structured, data as bytes', bytes, HTTP.structured(bytes)],
];
const arrived = await sent(http.map(([, , message]) => message));
const messages = http.map(([name, event], i) => {
  const headers = [];
  for (let h = 0; h < arrived[i].rawHeaders.length; h += 2)
    if (own.test(arrived[i].rawHeaders[h]))
      headers.push([arrived[i].rawHeaders[h], Buffer.from(arrived[i].rawHeaders[h + 1], 'latin1').toString('base64')]);
  return {
    transport: 'http',
    name,
    subject: event.subject,
    withoutData: event === none,
    headers,
    body: arrived[i].body.toString('base64'),
  };
});
const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
for (const [name, event_, message] of [
  ['structured', event, Kafka.structured(event)],
  ['binary', event, Kafka.binary(event)],
  ['binary, subject beyond ASCII', accented, Kafka.binary(accented)],
  ['binary, without data', none, Kafka.binary(none)],
]) {
  messages.push({
    transport: 'kafka',
    name,
    subject: event_.subject,
    withoutData: event_ === none,
    headers: Object.entries(message.headers)
      .filter(([, v]) => v !== undefined)
      .map(([n, v]) => [n, text(v).toString('base64')]),
    body: message.value === undefined ? null : text(message.value).toString('base64'),
  });
}
console.log(JSON.stringify({ sdk: 'cloudevents (npm)', version, messages }, null, 1));
