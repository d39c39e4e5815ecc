import { describe, expect, it, vi } from 'vitest';
import { type Asker, type TurnLimits, type Turns, turnsAt } from './turns.ts';

/** Work that ends when the test ends it; `begun` lists it in the order of starting. */
function workshop<Place>(turns: Turns<Place>) {
  const begun: string[] = [];
  const ending = new Map<string, () => void>();
  return {
    begun,
    ask(what: string, asker?: Asker) {
      const answer = turns.take(asker, async () => {
        begun.push(what);
        await new Promise<void>((resolve) => ending.set(what, resolve));
        return what;
      });
      answer.catch(() => {});
      return answer;
    },
    async end(what: string) {
      ending.get(what)!();
      await new Promise(setImmediate);
    },
  };
}

const LIMITS: TurnLimits = { waitingMax: 4, waitMaxMs: 60_000 };
const by = (name: string, signal = new AbortController().signal): Asker => ({ name, signal });

describe('turns', () => {
  it('of the system itself come in the order in which they were asked for, at every place', async () => {
    const { begun, ask, end } = workshop(turnsAt(['a', 'b']));
    for (const what of ['1', '2', '3', '4']) void ask(what);
    expect(begun).toEqual(['1', '2']);
    await end('2');
    await end('1');
    expect(begun).toEqual(['1', '2', '3', '4']);
  });

  it('are one of each asker at a time, however many one asks for', async () => {
    const { begun, ask, end } = workshop(turnsAt([0], { ...LIMITS, waitingMax: 100 }));
    for (const what of ['a1', 'a2', 'a3']) void ask(what, by('a'));
    for (const what of ['b1', 'b2']) void ask(what, by('b'));
    for (const what of ['a1', 'a2', 'b1', 'a3']) await end(what);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('leave the last place to others', async () => {
    const { begun, ask } = workshop(turnsAt([0, 1, 2], LIMITS));
    for (const what of ['a1', 'a2', 'a3']) void ask(what, by('a'));
    expect(begun).toEqual(['a1', 'a2']);
    void ask('b1', by('b'));
    expect(begun).toEqual(['a1', 'a2', 'b1']);
  });

  it('pass over whoever has left, and keep the places of what is under way', async () => {
    const { begun, ask, end } = workshop(turnsAt([0], LIMITS));
    const leaving = new AbortController();
    void ask('a1', by('a', leaving.signal));
    const given = ask('a2', by('a', leaving.signal));
    void ask('b1', by('b'));
    leaving.abort();
    await expect(given).rejects.toMatchObject({ name: 'NoTurn', reason: 'left' });
    await expect(ask('a3', by('a', leaving.signal))).rejects.toMatchObject({ reason: 'left' });
    expect(begun).toEqual(['a1']);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1']);
  });

  it('are refused where as many wait as may, or one asker would have more than half of those', async () => {
    const { begun, ask, end } = workshop(turnsAt([0], LIMITS));
    for (const what of ['a1', 'a2', 'a3']) void ask(what, by('a'));
    await expect(ask('a4', by('a'))).rejects.toMatchObject({ reason: 'queue-full' });
    for (const what of ['b1', 'b2']) void ask(what, by('b'));
    await expect(ask('c1', by('c'))).rejects.toMatchObject({ reason: 'queue-full' });
    await end('a1');
    void ask('c2', by('c'));
    for (const what of ['a2', 'b1', 'a3', 'c2']) await end(what);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'c2', 'b2']);
  });

  it('that do not come in time are given up, and those behind them come', async () => {
    vi.useFakeTimers();
    try {
      const turns = turnsAt([0], LIMITS);
      let end = () => {};
      const first = turns.take(by('a'), () => new Promise<void>((resolve) => (end = resolve)));
      const late = expect(turns.take(by('a'), async () => 'late')).rejects.toMatchObject({ reason: 'waited-long' });
      vi.advanceTimersByTime(LIMITS.waitMaxMs / 2);
      const next = turns.take(by('b'), async () => 'next');
      vi.advanceTimersByTime(LIMITS.waitMaxMs / 2);
      await late;
      end();
      await first;
      expect(await next).toBe('next');
    } finally {
      vi.useRealTimers();
    }
  });

  it('go on after work that failed', async () => {
    const turns = turnsAt([0]);
    const failed = turns.take(undefined, async () => Promise.reject(new Error('no')));
    const next = turns.take(undefined, async (place) => place);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(0);
  });
});
