import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { ImportError } from './import-error.ts';
import { readText } from './read-text.ts';

export type XesAttributes = ReadonlyMap<string, string>;

export interface XesEvent {
  readonly attributes: XesAttributes;
  readonly line: number;
  /** Why an attribute is missing; if decoding failed, all are missing. */
  readonly fault?: string | undefined;
}

export interface XesTrace extends XesEvent {
  readonly events: readonly XesEvent[];
  /** Set if this is no trace but an event outside of one, with the reason. */
  readonly stray?: string | undefined;
}

export const OCEL =
  'is an event of an object-centric log (OCEL), which has no traces: flatten it by the type of object that is the journey, to XES or CSV';
const OUTSIDE = 'is an event outside of a trace, so that nothing says which journey it belongs to';

const ATTRIBUTE_TAGS = new Set(['string', 'date', 'int', 'float', 'boolean', 'id']);

/**
 * The traces of an XES file, one at a time, and events outside of traces. Only direct children of a
 * trace or event are its attributes; nested attributes, the header's statistics and the `global`
 * defaults are not data.
 */
export async function* xesTraces(bytes: Readable, file: string, encoding?: string): AsyncGenerator<XesTrace> {
  let ready: XesTrace[] = [];
  const reader = traceReader(file, (trace) => ready.push(trace));
  for await (const { text, fault } of readText(bytes, { file, named: encoding, isXml: true, pieces: 'tags' })) {
    if (fault?.isCut) throw new ImportError(`${file}: a tag ${fault.reason}`);
    reader.write(text, fault?.reason);
    const traces = ready;
    ready = [];
    yield* traces;
  }
  reader.close();
  yield* ready;
}

function traceReader(file: string, onTrace: (trace: XesTrace) => void) {
  const parser = new SaxesParser({ fileName: file, xmlns: true });
  let namespace = '';
  // Names in the log's own namespace; elements of other namespaces have none.
  const path: string[] = [];
  let trace: (Open & { events: XesEvent[] }) | undefined;
  let event: (Open & { stray?: string | undefined }) | undefined;
  let eventDepth = 0;
  // Fault of the tag being read.
  let damage: string | undefined;

  parser.on('error', (error) => {
    // Extensions use undeclared prefixes; the prefix then stands for the namespace.
    if (error.message.includes('unbound namespace prefix')) return;
    throw new ImportError(`${file}:${parser.line}: broken XML: ${error.message.replace(/^.*?:\d+:\d+: /, '')}`);
  });
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a state machine over characters reads best in one place.
  parser.on('opentag', (tag) => {
    const parent = path.at(-1);
    if (path.length === 0) {
      if (tag.local !== 'log') {
        throw new ImportError(`${file}:${parser.line}: is XML, but no XES: it begins with <${tag.name}>, not <log>`);
      }
      namespace = tag.uri;
    }
    const name = tag.uri === namespace ? tag.local : '';
    if (name === 'trace' && parent === 'log') trace = { attributes: new Map(), events: [], line: parser.line };
    else if (name === 'event' && event === undefined) {
      const inTrace = trace !== undefined && path.length === 2;
      const stray = inTrace ? undefined : path.includes('events') ? OCEL : OUTSIDE;
      event = { attributes: new Map(), line: parser.line, ...(inTrace ? {} : { stray }) };
      eventDepth = path.length;
    } else if (ATTRIBUTE_TAGS.has(name)) {
      const owner = parent === 'event' ? event : parent === 'trace' ? trace : undefined;
      const [key, value] = [tag.attributes.key?.value, tag.attributes.value?.value];
      if (owner !== undefined && damage !== undefined) owner.fault ??= `${damage} in line ${parser.line}`;
      else if (owner !== undefined && key !== undefined && value !== undefined) owner.attributes.set(key, value);
    }
    path.push(name);
    damage = undefined;
  });
  parser.on('closetag', () => {
    const name = path.pop();
    if (name === 'event' && event !== undefined && path.length === eventDepth) {
      if (event.stray !== undefined) onTrace({ ...event, events: [] });
      else trace?.events.push(event);
      event = undefined;
    } else if (name === 'trace' && trace !== undefined && path.length === 1) {
      onTrace(trace);
      trace = undefined;
    }
  });
  parser.on('comment', () => {
    damage = undefined;
  });
  return {
    write(text: string, fault: string | undefined) {
      damage ??= fault;
      parser.write(text);
    },
    close: () => parser.close(),
  };
}

interface Open {
  readonly attributes: Map<string, string>;
  readonly line: number;
  fault?: string;
}
