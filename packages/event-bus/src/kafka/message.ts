import type { Message } from '../event-bus.ts';
import type { KafkaMessage } from './client.ts';

export const asMessage = ({ key, value, headers, offset, timestamp }: KafkaMessage): Message => ({
  key,
  value,
  headers: headers ?? {},
  offset: BigInt(offset),
  sentAt: Number(timestamp),
});
