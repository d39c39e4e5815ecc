import type { TopicSpec } from '../event-bus.ts';
import { CHANGES_TOPIC, EVENTS_TOPIC, LOG_TOPIC, REJECTED_TOPIC } from './log-message.ts';

const WEEK_MS = String(7 * 24 * 3_600_000);
const QUARTER_MS = String(91 * 24 * 3_600_000);

/** An event may have 1 MiB; a batch message, or an event with the log's headers, may have more. */
const LARGEST_MESSAGE = 2 * 1024 * 1024;
/** A rejected message carries its reasons in addition to all that was sent. */
const LARGEST_REJECTED = LARGEST_MESSAGE + 64 * 1024;

/**
 * The topics with the settings that the bus creates them with; `projectors` is the number of
 * readers that share the log. Retention counts from the time of sending, so events that are old
 * when they are relayed are kept for the full time.
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
