import { afterAll, beforeAll } from 'vitest';
import { orderDefinition, parkedStory, shopStory } from './shop-story.ts';
import { startTestSystem, type TestSystem } from './start-test-system.ts';

/** Starts a system with the shop's story for all tests of a file. */
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
    /** Log position after the story. */
    position: () => position,
    get: (url: string, headers: Readonly<Record<string, string>> = {}) => system.get(url, headers),
  };
}
