import { defineConfig } from 'vitest/config'

/** Real programs, but no Asterisk and no browser: nobody listens to how even their time is. */
const servers = [
  'test/integration/{archive,audit,http-api,monthly-report,oidc,redis-store,status-cli,webhooks}.test.ts',
  'test/setup/{alerts,apt,compose,deny-list}.test.ts',
  'test/conformance/generated.test.ts',
]

/** Real programs on two cores shared with others: what fails once and not again is told, and does not fail the run. */
const retry = process.env['CI'] ? 1 : 0

// `unit` runs without any server, `servers` with a Redis or none, both in parallel. `integration` starts real Asterisks, SIPp and browsers:
// one file at a time, since two cores carry them all and some tests measure time.
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
          name: 'servers',
          include: servers,
          sequence: { groupOrder: 0 },
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          retry,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{conformance,integration,setup,lab,browser}/**/*.test.ts'],
          exclude: servers,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          // Children ask the kernel to die with the process that started them; a thread's end must not count as that.
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          retry,
        },
      },
    ],
  },
})
