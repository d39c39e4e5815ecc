import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // chDB binds one folder per process, so each file gets a process of its own.
    pool: 'forks',
    // Tests wait a third of their time for servers and killed processes, so three keep two cores
    // busy.
    maxWorkers: 3,
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
