import { type Announcement, isListedOnly, type MeasurementRules, retractionOf } from '@touchstone/journey';
import type { Touched } from './fold.ts';

/**
 * The announcements about a customer that a range of the log causes. A promise that was closed in
 * time, although time is known to have passed it, may have been announced as broken, so they hold
 * its retraction, which `announceTo` drops if it was not.
 */
export function announcementsOf(measures: MeasurementRules, entry: Touched): Announcement[] {
  const announcements = entry.changes.announcements.filter((announcement) => !isListedOnly(measures, announcement));
  const { announcedTo } = entry.customer.time;
  if (announcedTo === 0) return announcements;
  const { promises } = entry.customer.state;
  for (const key of new Set([...entry.changes.promises, ...entry.toldBroken])) {
    const promise = promises.get(key);
    if (promise === undefined || promise.dueAt >= announcedTo) continue;
    if (promise.state === 'kept' || promise.state === 'withdrawn') announcements.push(retractionOf(promise));
  }
  return announcements;
}
