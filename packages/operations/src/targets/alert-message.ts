import type { Severity } from '@touchstone/api';
import { formatInstant } from '@touchstone/journey';
import type { AlertNews } from '../alerts/alerts-ledger.ts';
import type { Message } from './send-message.ts';
import type { Target } from './target.ts';

/** The message of a begin or an end: its CloudEvent as the log has it, or a text. */
export function alertMessage(
  { kind }: Pick<Target, 'kind'>,
  event: { readonly id: string; readonly body: string },
  news: AlertNews,
): Message {
  if (kind === 'webhook') return { id: event.id, contentType: 'application/cloudevents+json', body: event.body };
  return { id: event.id, contentType: 'application/json', body: JSON.stringify({ text: alertText(news) }) };
}

const MARK: Readonly<Record<Severity, string>> = { page: ':rotating_light:', ticket: ':ticket:' };

const minute = (time: number) => `${formatInstant(time).slice(0, 16).replace('T', ' ')} UTC`;

/** One line of plain words for a chat; names hold no characters that it would interpret. */
export function alertText(news: AlertNews): string {
  const { kind, name, severity, began, ended } = news;
  if (ended !== null) {
    return `:white_check_mark: ${severity} ${kind} ${name} ended at ${minute(ended)}; it had begun at ${minute(began)}`;
  }
  return `${MARK[severity]} ${severity} ${kind} ${name} began at ${minute(began)}: ${whatHappened(news)}`;
}

function whatHappened({ because, moments, failures, last, left, members }: AlertNews): string {
  if (failures !== null) return `${failures} of ${moments} moments failed (${because.join(', ')})`;
  if (last !== null) return `no moment since ${minute(last)}`;
  return `${left} of ${members} customers left the stage`;
}
