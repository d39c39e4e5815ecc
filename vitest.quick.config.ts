import { defineConfig } from 'vitest/config';
import all from './vitest.config.ts';

/**
 * The tests that a newcomer waits for, some four minutes on two cores: the units, one run of each
 * port's contract, and one system from end to end. `pnpm test:all` runs these and all others.
 */
export default defineConfig({
  test: {
    ...all.test,
    include: [
      'packages/*/src/**/*.test.ts',
      'services/*/src/**/*.test.ts',
      'test/architecture/{comments,how-to,imports,limits,openapi,pages}.test.ts',
      'test/contract/event-bus.test.ts',
      'test/worked-answers/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
  },
});
