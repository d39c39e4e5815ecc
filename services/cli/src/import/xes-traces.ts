import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { ImportError } from './import-error.ts';
import { readText } from './read-text.ts';

export type XesAttributes = ReadonlyMap<string, string>;

export interface XesEvent {
  readonly attributes: XesAttributes;
  readonly line: number;
  /** Why one of its attributes is not here; none is if it could not be decoded. */
  readonly fault?: string | undefined;
}

export interface XesTrace extends XesEvent {
  readonly events: readonly XesEvent[];
}

const ATTRIBUTE_TAGS = new Set(['string', 'date', 'int', 'float', 'boolean', 'id']);

/**
 * The traces of an XES file, one at a time. Only what stands directly in a trace or an event is an attribute of it: what is nested in
 * attributes, the header's statistics and the `global` defaults are not data.
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
  const parser = new SaxesParser({ fileName: file });
  const path: string[] = [];
  let trace: (Open & { events: XesEvent[] }) | undefined;
  let event: Open | undefined;
  // Of the tag that is being read.
  let damage: string | undefined;

  parser.on('error', (error) => {
    throw new ImportError(`${file}:${parser.line}: broken XML: ${error.message.replace(/^.*?:\d+:\d+: /, '')}`);
  });
  parser.on('opentag', (tag) => {
    const parent = path.at(-1);
    if (path.length === 0 && tag.name !== 'log') {
      throw new ImportError(`${file}:${parser.line}: is XML, but no XES: it begins with <${tag.name}>, not <log>`);
    }
    path.push(tag.name);
    if (tag.name === 'trace' && parent === 'log') trace = { attributes: new Map(), events: [], line: parser.line };
    else if (tag.name === 'event' && parent === 'trace') event = { attributes: new Map(), line: parser.line };
    else if (ATTRIBUTE_TAGS.has(tag.name)) {
      const owner = parent === 'event' ? event : parent === 'trace' ? trace : undefined;
      const { key, value } = tag.attributes as Record<string, string | undefined>;
      if (owner !== undefined && damage !== undefined) owner.fault ??= `${damage} in line ${parser.line}`;
      else if (owner !== undefined && key !== undefined && value !== undefined) owner.attributes.set(key, value);
    }
    damage = undefined;
  });
  parser.on('closetag', (tag) => {
    path.pop();
    if (tag.name === 'event' && event !== undefined && trace !== undefined && path.at(-1) === 'trace') {
      trace.events.push(event);
      event = undefined;
    } else if (tag.name === 'trace' && trace !== undefined && path.at(-1) === 'log') {
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
