import { defineConfig } from 'vitest/config'

// `unit` runs without any server, in parallel. `integration` starts real Asterisks, Redis and SIPp: one file at a time,
// since two cores carry them all and some tests measure time.
export default defineConfig({
  test: {
    // Of a library below ari-client, at each connection.
    onConsoleLog: (text) => !text.includes('deprecated version of Swagger'),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{routing,scenarios,unit,simulation,config}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{conformance,integration,setup,lab,redis,http,browser}/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          // Children ask the kernel to die with the process that started them; a thread's end must not count as that.
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Real programs on two cores shared with others: what fails once and not again is told, and does not fail the run.
          retry: process.env['CI'] ? 1 : 0,
        },
      },
    ],
  },
})
