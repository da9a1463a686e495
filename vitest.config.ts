import { defineConfig } from 'vitest/config';

const BROWSER = 'test/browser/**/*.test.ts';
/** Those that race, measure, hold a lease or fill both cores by themselves run one after the other. */
const ALONE = [
  'test/{bench,gateway,limits}/**/*.test.ts',
  'test/bench.test.ts',
  'test/crash/{cutOff,diskFull,postgres,postgresDown,soak,stop}.test.ts',
];

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
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER],
          maxWorkers: 2,
          isolate: false,
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
    globalSetup: ['test/kit/temporary.ts', 'test/kit/postgres.ts'],
    globals: false,
    passWithNoTests: false,
    // Tests start servers, workers and databases: two files never run in one process at a time. Without isolation a process
    // runs many, one after the other, so that what they import from packages is loaded once.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // However long it takes on two busy cores: what has to be quick is measured, not waited for.
    expect: { poll: { timeout: 20_000 } },
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
