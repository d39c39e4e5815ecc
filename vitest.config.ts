import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Walks of every page take minutes; one that began last would leave the other core idle. */
class WalksFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWalk = ({ moduleId }: TestSpecification) => moduleId.endsWith('-walk.test.ts');
    const sorted = await super.sort(files);
    return [...sorted.filter(isWalk), ...sorted.filter((file) => !isWalk(file))];
  }
}

export default defineConfig({
  test: {
    // chDB binds one folder per process, so each file gets a process of its own.
    pool: 'forks',
    // Tests wait a third of their time for servers and killed processes, so three keep two cores
    // busy.
    maxWorkers: 3,
    sequence: { sequencer: WalksFirst },
    globalSetup: [
      'test/programs/global-setup.ts',
      'test/servers-here/global-setup.ts',
      'test/kafka-broker/global-setup.ts',
    ],
    include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 180_000,
    // Hooks start whole systems and browsers, which takes minutes on a busy machine.
    hookTimeout: 480_000,
  },
});
