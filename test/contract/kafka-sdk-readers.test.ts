import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { encodeChange, encodeLogMessage, encodeMark, type PlacedMessage } from '@touchstone/event-bus';
import type { StoredEvent } from '@touchstone/event-store';
import { announcementEvent, parkedRetryEvent } from '@touchstone/journey';
import { expect, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';
import { python } from '../servers-here/needs.ts';

const PROGRAM = fileURLToPath(new URL('../cloudevents-sdks/read_messages.py', import.meta.url));
const at = Date.UTC(2026, 2, 1);
const batch = { after: 1n, partitions: 3 };
const completed = announcementEvent(
  'ada',
  { kind: 'journey-completed', journeyId: 'o-1', journeyType: 'order', at },
  true,
);
const events = [completed, parkedRetryEvent('Noé', [3n], { id: 'one', at })];

function stored(
  event: { id: string; source: string; type: string; subject: string },
  body: object = event,
): StoredEvent {
  const { id, source, type, subject } = event;
  return {
    stream: `changes-${subject}`,
    id,
    source,
    type,
    time: at,
    body: JSON.stringify(body),
    position: 7n,
    recordedAt: at,
  };
}

/** What both bindings of the SDK understand, by message. Rejects where one of them cannot read a message. */
async function readWithPython(messages: readonly PlacedMessage[]): Promise<{ core: unknown; v1: unknown }[]> {
  const lines = messages.map(({ headers, key, value }) => `${JSON.stringify({ headers, key, value })}\n`);
  const said = await new Promise<string>((resolve, reject) => {
    const child = execFile(python(), [PROGRAM], (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    child.stdin?.end(lines.join(''));
  });
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const describeWithPython = await describeWith('cloudeventsForPython');

describeWithPython("the deserializers of Python's CloudEvents SDK", () => {
  test('read announcements in both topics, older ones among the changes, and marks', async () => {
    const { specversion, ...older } = completed;
    const mark = { specversion: '1.0', id: 'mark/7/1/3', source: 'urn:touchstone:relay', type: 'touchstone.mark.v1' };
    const found = await readWithPython([
      ...events.map((event) => encodeLogMessage(stored(event), batch)),
      ...events.map((event) => encodeChange(stored(event), batch)),
      encodeChange(stored(completed, older), batch),
      encodeMark(7n, 1, 3),
    ]);
    const wanted = [...events, ...events, completed].map(({ id, source, type, subject, data }) => {
      return { specversion, id, source, type, subject, data };
    });
    const all = [...wanted, { ...mark, subject: null, data: { position: '7', partition: 1, partitions: 3 } }];
    expect(found).toEqual(all.map((event) => ({ core: event, v1: event })));
  });
});
