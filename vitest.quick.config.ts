import { defineConfig } from 'vitest/config';
import all from './vitest.config.ts';

// Projects add their files to the root's.
const { include: _everything, ...shared } = all.test ?? {};
const exclude = ['**/node_modules/**', '**/*.long.test.ts'];

/** Rooms whose tests open no engine, so that many files share a process and what it has loaded. */
const PURE = ['packages/{alerts,api,async,client,demo-shop,journey,runtime}', 'services/dashboard'];

/**
 * The tests that a newcomer waits for, three minutes on two cores: the units, one run of each
 * port's contract, and one system from end to end. `pnpm test:all` runs these and all others.
 */
export default defineConfig({
  test: {
    ...shared,
    projects: [
      {
        extends: true,
        test: { name: 'pure', isolate: false, include: PURE.map((room) => `${room}/src/**/*.test.ts`), exclude },
      },
      {
        extends: true,
        test: {
          name: 'others',
          include: [
            'packages/*/src/**/*.test.ts',
            'services/*/src/**/*.test.ts',
            'test/architecture/{comments,how-to,imports,limits,openapi,pages}.test.ts',
            'test/contract/event-bus.test.ts',
            'test/worked-answers/*.test.ts',
          ],
          exclude: [...exclude, ...PURE.map((room) => `${room}/**`)],
        },
      },
    ],
  },
});
