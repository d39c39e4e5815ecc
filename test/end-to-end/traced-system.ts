import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore, type StoredEvent } from '@touchstone/event-store';
import { expect } from 'vitest';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
  readonly header: string;
}

export function newTrace(flags = '01'): Trace {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, header: `00-${traceId}-${spanId}-${flags}` };
}

export function moment(n: number, extensions: Record<string, string> = {}) {
  return {
    specversion: '1.0',
    id: `e-${n}`,
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    subject: `c-${n}`,
    time: new Date(Date.UTC(2026, 2, 1) + n * 1000).toISOString(),
    ...extensions,
    data: { journeyId: `o-${n}`, journeyType: 'order', touchpoint: 'payment', channel: 'web', outcome: 'succeeded' },
  };
}

export interface Traced {
  readonly system: SystemProcess;
  readonly collector: OtlpReceiver;
  /** Publishes, waits for the rows, and resolves to the summary. */
  publish(events: unknown, header?: string): Promise<{ accepted: number; duplicates: number; conflicts: number }>;
  /** Stops the system in order, so that all its spans have arrived. */
  spans(): Promise<readonly ReceivedSpan[]>;
  /** All events of the log, once the system has stopped. */
  log(): Promise<StoredEvent[]>;
  /** The system's output after its start. */
  output(): string;
  remove(): Promise<void>;
}

/** The whole system in a process of its own, with a collector that receives its spans. */
export async function startTraced(environment: Record<string, string> = {}): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-traces-'));
  const collector = await startOtlpReceiver();
  const system = await startSystem(folder, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'shop-touchstone',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    CLOCK: 'log',
    TRACE_IDS: 'on',
    ...environment,
  });
  let output = '';
  system.process.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  const remove = async () => {
    await system.kill();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    system,
    collector,
    output: () => output,
    remove,
    async publish(events, header) {
      const headers = header === undefined ? {} : { traceparent: header };
      const summary = await request<{ position: string; accepted: number; duplicates: number; conflicts: number }>(
        `${system.url}/v1/events`,
        events,
        headers,
      );
      await request(`${system.url}/v1/customers?limit=1`, undefined, { 'touchstone-after': summary.position });
      return summary;
    },
    async spans() {
      expect(await system.stop()).toBe(0);
      return collector.spans;
    },
    async log() {
      const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
      const events: StoredEvent[] = [];
      for await (const page of store.readAll({ streamPrefix: 'customer-' })) events.push(...page);
      await store.close();
      return events;
    },
  };
}

/** The only span of that name, in the trace or among all. */
export function only(spans: readonly ReceivedSpan[], name: string, traceId?: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name && (traceId === undefined || span.traceId === traceId));
  expect(found.length, `${name}: ${JSON.stringify(spans.map((span) => span.name))}`).toBe(1);
  return found[0]!;
}

export const idOf = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) =>
  `${traceId}/${spanId}`;
