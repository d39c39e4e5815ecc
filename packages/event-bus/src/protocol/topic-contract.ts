import type { TopicSpec } from '../event-bus.ts';
import { CHANGES_TOPIC, EVENTS_TOPIC, LOG_TOPIC, REJECTED_TOPIC } from './log-message.ts';

const WEEK_MS = String(7 * 24 * 3_600_000);
const QUARTER_MS = String(91 * 24 * 3_600_000);

/** One event may have 1 MiB; a batch message, and what the log adds to an event, more. */
const LARGEST_MESSAGE = 2 * 1024 * 1024;
/** A message that was refused carries its reasons beside all that it came with. */
const LARGEST_REJECTED = LARGEST_MESSAGE + 64 * 1024;

/**
 * The topics as we create them; `projectors` readers can share the log. Retention counts from the time of sending, so that a log of old events
 * that is relayed today is not deleted tomorrow.
 */
export function topicContract(projectors = 1): readonly TopicSpec[] {
  const spec = (topic: string, partitionsMin: number, retention: string, largest = LARGEST_MESSAGE): TopicSpec => ({
    topic,
    partitionsMin,
    mustKeepAll: true,
    config: { 'cleanup.policy': 'delete', 'max.message.bytes': String(largest), 'retention.ms': retention },
  });
  return [
    spec(EVENTS_TOPIC, 1, WEEK_MS),
    spec(REJECTED_TOPIC, 1, QUARTER_MS, LARGEST_REJECTED),
    spec(LOG_TOPIC, projectors, WEEK_MS),
    spec(CHANGES_TOPIC, 1, WEEK_MS),
  ];
}
