import { defineConfig } from 'vitest/config';

/** Those that kill, race, measure or fill both cores by themselves run one after the other. */
const BROWSER = 'test/browser/**/*.test.ts';
const ALONE = ['test/{bench,crash,faults,gateway,limits,sdk,simulation}/**/*.test.ts', 'test/bench.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...ALONE, BROWSER],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER],
          maxWorkers: 2,
          testTimeout: 90_000,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
    globalSetup: ['test/kit/postgres.ts'],
    globals: false,
    passWithNoTests: false,
    // A process for each file: tests start servers, workers and databases, and must not meet in one heap.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      include: ['src/core/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text'],
      thresholds: { branches: 100 },
    },
  },
});
