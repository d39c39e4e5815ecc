import { afterAll, beforeAll } from 'vitest';
import { orderDefinition, parkedStory, shopStory } from './shop-story.ts';
import { startTestSystem, type TestSystem } from './start-test-system.ts';

/** For all tests of a file: a system that was told the shop's story. */
export function toldSystem() {
  let system: TestSystem;
  let position: bigint;
  beforeAll(async () => {
    system = await startTestSystem([orderDefinition]);
    position = await system.publish([...shopStory, ...parkedStory]);
  });
  afterAll(() => system?.stop());
  return {
    system: () => system,
    /** Of the log after the story. */
    position: () => position,
    get: (url: string, headers: Readonly<Record<string, string>> = {}) => system.get(url, headers),
  };
}
