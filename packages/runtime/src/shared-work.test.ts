import { describe, expect, it } from 'vitest';
import { sharedWork } from './shared-work.ts';
import type { Asker } from './turns.ts';

/** Work that ends when the test ends it, with a record of who started it and how often. */
function workshop() {
  const shared = sharedWork();
  const begun: {
    readonly asker: Asker;
    readonly end: (answer: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  return {
    begun,
    ask: (asker: Asker, { key = 'overview', at = 5n, notBefore = 0n } = {}) =>
      shared.share(
        { key, at, notBefore },
        asker,
        (asker) => new Promise<string>((end, fail) => begun.push({ asker, end, fail })),
      ),
  };
}

function asker(name: string) {
  const leaving = new AbortController();
  return { name, signal: leaving.signal, leave: () => leaving.abort() };
}

describe('work that several ask for', () => {
  it('is done once for all who ask while it is under way, and anew after that', async () => {
    const { begun, ask } = workshop();
    const answers = [ask(asker('a')), ask(asker('b'))];
    expect(begun.length).toBe(1);
    begun[0]!.end('first');
    expect(await Promise.all(answers)).toEqual(['first', 'first']);
    const again = ask(asker('a'));
    begun[1]!.end('second');
    expect(await again).toBe('second');
  });

  it('is another for another key, and for whoever needs what was not yet there when it began', async () => {
    const { begun, ask } = workshop();
    void ask(asker('a'));
    void ask(asker('a'), { key: 'rates' });
    void ask(asker('b'), { notBefore: 5n });
    expect(begun.length).toBe(2);
    void ask(asker('b'), { at: 7n, notBefore: 7n });
    expect(begun.length).toBe(3);
    void ask(asker('c'), { at: 7n, notBefore: 6n });
    expect(begun.length).toBe(3);
  });

  it('goes on while one still waits, and is given up when all have left', async () => {
    const { begun, ask } = workshop();
    const [one, other] = [asker('a'), asker('b')];
    const left = ask(one);
    const stays = ask(other);
    one.leave();
    await expect(left).rejects.toMatchObject({ reason: 'left' });
    expect(begun[0]!.asker.signal.aborted).toBe(false);
    other.leave();
    await expect(stays).rejects.toMatchObject({ reason: 'left' });
    expect(begun[0]!.asker.signal.aborted).toBe(true);
    const next = ask(asker('c'));
    expect(begun.length).toBe(2);
    begun[0]!.fail(new Error('given up'));
    begun[1]!.end('for c');
    expect(await next).toBe('for c');
  });

  it('that fails fails for all who wait', async () => {
    const { begun, ask } = workshop();
    const answers = [ask(asker('a')), ask(asker('b'))];
    begun[0]!.fail(new Error('no'));
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
