import { expect, test } from 'vitest';
import { announcementEvent } from './announcement-event.ts';
import {
  clockCorrectedEvent,
  correctedToOf,
  idToldAgain,
  settledToAfter,
  standingAnnouncements,
} from './clock-corrected-event.ts';
import { DAY_MS, formatInstant } from './instant.ts';

const T0 = Date.UTC(2026, 2, 1);

const logged = (event: { readonly id: string; readonly time: string }) => ({
  id: event.id,
  time: Date.parse(event.time),
  body: JSON.stringify(event),
});
const broken = (promiseId: string, day: number, due = true) =>
  announcementEvent('ada', { kind: 'promise-broken', promiseId, journeyId: null, at: T0 + day * DAY_MS }, due);
const idOf = (promiseId: string, day: number) => `promise-broken/${promiseId}/${formatInstant(T0 + day * DAY_MS)}`;

test('a correction withdraws what fell due at now or later, names it, and says how far time had truly come', () => {
  const announced = [broken('past', 1), broken('ahead', 3), broken('further', 30), broken('by an event', 40, false)];
  const event = clockCorrectedEvent('ada', standingAnnouncements(announced.map(logged)), T0 + 2 * DAY_MS)!;
  expect(event).toMatchObject({
    specversion: '1.0',
    id: 'clock-corrected/1',
    subject: 'ada',
    time: '2026-03-03T00:00:00.000Z',
    data: { settledTo: '2026-03-02T00:00:00.001Z', withdrawn: [idOf('ahead', 3), idOf('further', 30)] },
  });
  const all = [...announced, event].map(logged);
  expect(all.reduce(settledToAfter, 0)).toBe(T0 + DAY_MS + 1);
  const standing = standingAnnouncements(all);
  expect(standing).toMatchObject({ settledTo: T0 + DAY_MS + 1, corrections: 1 });
  expect([...standing.told.keys()]).toEqual([idOf('past', 1), idOf('by an event', 40)]);
});

test('nothing is corrected where nothing was told too early; what falls due exactly now was', () => {
  const standing = standingAnnouncements([logged(broken('p', 1))]);
  expect(clockCorrectedEvent('ada', standing, T0 + DAY_MS + 1)).toBeNull();
  expect(clockCorrectedEvent('ada', standing, T0 + DAY_MS)).not.toBeNull();
  expect(clockCorrectedEvent('ada', standingAnnouncements([]), T0)).toBeNull();
});

test('what is told again after a correction counts, and may be withdrawn once more', () => {
  const early = [broken('p', 3)].map(logged);
  const first = logged(clockCorrectedEvent('ada', standingAnnouncements(early), T0)!);
  const again = logged({ ...broken('p', 3), id: idToldAgain(idOf('p', 3), 1) });
  const standing = standingAnnouncements([...early, first, again]);
  expect(standing.told.get(idOf('p', 3))).toEqual({ id: again.id, dueAt: T0 + 3 * DAY_MS });
  const second = clockCorrectedEvent('ada', standing, T0 + DAY_MS)!;
  expect(second).toMatchObject({ id: 'clock-corrected/2', data: { withdrawn: [again.id] } });
  expect(correctedToOf(logged(second))).toBe(0);
});

test('an announcement that only speaks of a correction is none', () => {
  expect(correctedToOf(logged(broken('touchstone.change.clock-corrected.v1', 3)))).toBeNull();
});

test('corrections and announcements whose bodies are damaged hold nothing up: a correction made after them is a new one, whatever they were', () => {
  const early = [broken('p', 3)].map(logged);
  const first = logged(clockCorrectedEvent('ada', standingAnnouncements(early), T0)!);
  for (const body of [
    'no JSON',
    '',
    'null',
    '{"type":"touchstone.change.clock-corrected.v1"}',
    first.body.slice(0, -9),
  ]) {
    const damaged = [...early, { ...first, body }, { id: 'trust-changed/1/x', time: T0, body }];
    const standing = standingAnnouncements(damaged);
    // A body that does not begin as JSON may have been a correction with any number.
    const taken = body.startsWith('{') ? 1 : 2;
    expect(standing.corrections).toBe(taken);
    expect(standing.unreadable).toEqual(['clock-corrected/1', 'trust-changed/1/x'].slice(0, taken));
    expect(clockCorrectedEvent('ada', standing, T0)).toMatchObject({
      id: `clock-corrected/${taken + 1}`,
      data: { withdrawn: [idOf('p', 3)] },
    });
  }
});
