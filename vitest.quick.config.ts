import { defineConfig, mergeConfig } from 'vitest/config';
import all from './vitest.config.ts';

/**
 * The tests of `pnpm test`, some three minutes on two cores: the units, one run of each port's
 * contract, and one system from end to end. Files named `*.long.test.ts` and the other suites are
 * part of `pnpm test:all`.
 */
export default mergeConfig(
  all,
  defineConfig({
    test: {
      include: [
        'packages/*/src/**/*.test.ts',
        'services/*/src/**/*.test.ts',
        'test/architecture/**/*.test.ts',
        'test/contract/event-bus.test.ts',
        'test/worked-answers/*.test.ts',
      ],
      exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    },
  }),
);
