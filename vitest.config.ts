import { defineConfig } from 'vitest/config'

const script = process.env['npm_lifecycle_event'] ?? 'test'
// What is skipped there is told by its title, which says what it needs.
const reporter = script === 'test:cluster' || script === 'test:btp' ? 'verbose' : 'default'

export default defineConfig({
  test: {
    // Most of what is tested waits, for a process, a server or a clock.
    maxWorkers: 4,
    reporters: process.env['CI']
      ? [reporter, ['json', { outputFile: `coverage/results-${script.replaceAll(':', '-')}.json` }]]
      : [reporter],
    projects: [
      { test: { name: 'core', include: ['src/onboarding/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'sandbox/**/*.test.ts'],
          exclude: ['src/onboarding/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/cluster/**', 'test/btp/**', 'test/crash/**'],
          // Longer than a part of a story may take, which says what it waited for.
          testTimeout: 90_000,
          hookTimeout: 30_000,
        },
      },
      // Every request of every step is a process that is killed, and another that goes on.
      { test: { name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 600_000 } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 180_000 } },
      // One test after the other, each with the waits of a real controller.
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
        },
      },
      // A subaccount takes minutes to make, and minutes to delete.
      {
        test: {
          name: 'btp',
          include: ['test/btp/**/*.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/onboarding/**/*.ts'],
      thresholds: { branches: 100 },
      reporter: ['text-summary'],
      clean: false,
    },
  },
})
