import { foldInProcess, type StartFold } from '@touchstone/projection';
import type { ReadModels } from '@touchstone/read-models';
import { EVENTS_MAX, type PageSpan, TRACE_MS, type Tracing } from '@touchstone/runtime';

interface Projection {
  readonly readModels: ReadModels;
  readonly startFold: StartFold | undefined;
}

/**
 * Wraps the read models and the session of a projector: a span for each page of the log on its way
 * into rows, in two parts (fold, write), and an equally long one in the trace of each event. Old
 * events, such as those of a rebuild, are not traced.
 */
export function tracedProjection(given: Projection, tracing: Tracing | undefined): Projection {
  if (tracing === undefined) return given;
  const { readModels, startFold = foldInProcess } = given;
  /**
   * Open spans, keyed by the identity of `batch.moments`: the batch object itself is copied on its
   * way, that array is not.
   */
  const pages = new WeakMap<object, PageSpan>();
  return {
    readModels: {
      ...readModels,
      async writeBatch(generation, batch, ...lane) {
        const page = pages.get(batch.moments);
        if (page === undefined) return readModels.writeBatch(generation, batch, ...lane);
        try {
          await page.part('write', () => readModels.writeBatch(generation, batch, ...lane));
          page.end();
        } catch (error) {
          page.end(error);
          throw error;
        }
      },
    },
    startFold: (options, streams) => {
      const session = startFold(options, streams);
      const open = new Set<PageSpan>();
      let next = { bodies: [] as string[], events: 0, since: 0 };
      return {
        take(events) {
          if (next.events === 0) next.since = Date.now();
          next.events += events.length;
          // Keeps only as many events as are traced, so that a large page does not hold the log in
          // memory.
          const since = Date.now() - TRACE_MS;
          for (const { body, recordedAt } of events) {
            if (next.bodies.length === BODIES_MAX) break;
            if (recordedAt > since && body.includes('"traceparent"')) next.bodies.push(body);
          }
          return session.take(events);
        },
        async finish(upTo) {
          if (next.events === 0) return session.finish(upTo);
          const { bodies, events, since } = next;
          next = { bodies: [], events: 0, since: 0 };
          const span = tracing.page('project', { events, 'touchstone.position': String(upTo) }, bodies, since);
          const page: PageSpan = {
            part: span.part,
            end(error) {
              open.delete(page);
              span.end(error);
            },
          };
          open.add(page);
          try {
            const folded = await page.part('fold', () => session.finish(upTo), since);
            if (folded.isEmpty) page.end();
            else pages.set(folded.batch.moments, page);
            return folded;
          } catch (error) {
            page.end(error);
            throw error;
          }
        },
        close() {
          for (const page of open) page.end(new Error('the projection ended before this was written'));
          session.close();
        },
      };
    },
  };
}

/** Some bodies may contain the word in their data only. */
const BODIES_MAX = 2 * EVENTS_MAX;
