import type { LiveEvent } from '@touchstone/api';
import { useEffect, useRef, useState } from 'react';
import { BASE_PATH } from '../data/ask.ts';

/** Rows that a tail keeps; the oldest go first. */
export const ROWS_MAX = 300;

/** `refused`: the stream was not given, and is not tried again by itself. */
export type TailState = 'connecting' | 'open' | 'refused';

export interface Tail {
  readonly state: TailState;
  /** The newest first. */
  readonly rows: readonly LiveEvent[];
  /** Events that came while it was paused. */
  readonly waiting: number;
  /** Events that were left out, because this page or the system could not keep up. */
  readonly skipped: number;
  readonly retry: () => void;
}

interface Held {
  rows: readonly LiveEvent[];
  held: readonly LiveEvent[];
  skipped: number;
}

const empty: Held = { rows: [], held: [], skipped: 0 };

/** Adds events to those that are shown, or to those that wait while it is paused. */
export function added({ rows, held, skipped }: Held, came: readonly LiveEvent[], isPaused: boolean): Held {
  const newest = [...came].reverse();
  if (isPaused) return { rows, held: [...newest, ...held].slice(0, ROWS_MAX), skipped };
  return { rows: [...newest, ...held, ...rows].slice(0, ROWS_MAX), held: [], skipped };
}

/** Follows what is stored. Events that come together are drawn together, once a frame. */
export function useTail(path: string, isPaused: boolean): Tail {
  const [state, setState] = useState<TailState>('connecting');
  const [tail, setTail] = useState<Held>(empty);
  const [round, setRound] = useState(0);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    if (!isPaused) setTail((before) => added(before, [], false));
  }, [isPaused]);
  useEffect(() => {
    setTail(empty);
    setState('connecting');
    const source = new EventSource(`${BASE_PATH}${path}`);
    let came: LiveEvent[] = [];
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      const all = came;
      came = [];
      setTail((before) => added(before, all, paused.current));
    };
    source.onopen = () => setState('open');
    source.onerror = () => setState(source.readyState === EventSource.CLOSED ? 'refused' : 'connecting');
    source.onmessage = ({ data }) => {
      const event = readEvent(String(data));
      if (event === undefined) return;
      came = [...came, event].slice(-ROWS_MAX);
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    source.addEventListener('skipped', () => setTail((before) => ({ ...before, skipped: before.skipped + 1 })));
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [path, round]);
  return {
    state,
    rows: tail.rows,
    waiting: tail.held.length,
    skipped: tail.skipped,
    retry: () => setRound(round + 1),
  };
}

/** An event that cannot be read is left out: the list of moments has it. */
function readEvent(data: string): LiveEvent | undefined {
  try {
    const event = JSON.parse(data) as LiveEvent;
    return typeof event.customerId === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
