#!/usr/bin/env node
/** The command line. Each command loads only what it needs. */
import { once } from 'node:events'
import { Command } from 'commander'
import { ConfigError, showFault } from './config/fault.js'
import { EnvironmentError, readVariables } from './config/environment.js'
import type { ReportArguments } from './reports/command.js'
import { Told } from './told.js'
import { version } from './version.js'

// Whoever reads has read enough: `check … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`${text}\n`)

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

/** The moment that `--at` means, or now; null, and told, when it means none. */
const momentOf = async (at: string | undefined, timeZone: string): Promise<number | null> => {
  const { readInstant } = await import('./config/local-time.js')
  const ms = at === undefined ? Date.now() : readInstant(at, timeZone)
  if (ms !== null) return ms
  complain(`--at ${at}: write local time such as 2026-12-26T10:00, or an offset after it`)
  process.exitCode = 1
  return null
}

const program = new Command('decroche').description('Call routing of a French SAS.').version(version)

program
  .command('serve')
  .description('run one engine; everything it needs comes from the environment (docs/operate.md)')
  .action(async () => {
    const { serve } = await import('./main.js')
    process.exitCode = await serve()
  })

program
  .command('check')
  .description('check the configuration of one or several SAS, and tell the longest waits that it allows')
  .argument('<file...>', 'YAML files')
  .option('--json', 'one JSON object for each file')
  .action(async (files: string[], { json }: { json?: boolean }) => {
    const { loadConfig } = await import('./config/load.js')
    const { longestWaits, showWaits } = await import('./config/longest-waits.js')
    for (const file of files) {
      try {
        const config = loadConfig(file)
        const { sas, people, entries } = config
        const waits = longestWaits(config)
        if (json) say(JSON.stringify({ file, sas: sas.id, entries: entries.length, people: people.length, longestWaits: waits }))
        else say(`${file}: ${sas.name} is sound (${entries.length} entries, ${people.length} people)\n${indented(showWaits(waits))}`)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        if (json) say(JSON.stringify({ file, faults: error.faults }))
        else for (const fault of error.faults) complain(showFault(file, fault))
        process.exitCode = 1
      }
    }
  })

program
  .command('explain')
  .description('tell what a SAS does at one moment with a caller of one number, and why')
  .argument('<file>', 'YAML file')
  .requiredOption('--number <number>', 'the number that is called')
  .option('--at <time>', 'local time of the SAS, such as 2026-12-26T10:00, or with an offset (default: now)')
  .option('--trunk <trunk>', 'where the call comes from, when several trunks have the number')
  .option('--json', 'as one JSON object')
  .action(async (file: string, { number, at, trunk, json }: { number: string; at?: string; trunk?: string; json?: boolean }) => {
    const { loadConfig } = await import('./config/load.js')
    const { explain, UnknownNumber } = await import('./config/explain.js')
    const config = loadConfig(file)
    const atMs = await momentOf(at, config.sas.timeZone)
    if (atMs === null) return
    try {
      const told = explain(config, atMs, number, trunk)
      say(json ? JSON.stringify(told) : (await import('./config/explain-text.js')).showExplanation(told))
    } catch (error) {
      if (!(error instanceof UnknownNumber)) throw error
      complain(`${file}: ${error.message}`)
      process.exitCode = 1
    }
  })

program
  .command('plan')
  .description('tell what changes when one file takes the place of another')
  .argument('<file>', 'the new YAML file')
  .requiredOption('--against <old>', 'the file in force')
  .option('--at <time>', 'from when on hours are compared (default: now)')
  .option('--json', 'as one JSON object')
  .action(async (file: string, { against, at, json }: { against: string; at?: string; json?: boolean }) => {
    const { loadConfig } = await import('./config/load.js')
    const { plan, showPlan } = await import('./config/plan.js')
    const [old, next] = [loadConfig(against), loadConfig(file)]
    const { timeZone } = next.sas
    const atMs = await momentOf(at, timeZone)
    if (atMs === null) return
    const made = plan(old, next, atMs)
    say(json ? JSON.stringify(made) : showPlan(made, timeZone))
  })

program
  .command('schema')
  .description('print what a configuration may hold as JSON Schema, for editors')
  .action(async () => say(JSON.stringify((await import('./config/json-schema.js')).sasJsonSchema(), null, 2)))

/** What Redis alone tells, or in one sentence why it tells nothing. */
const fromRedis = async (show: (url: string) => Promise<string>): Promise<void> => {
  const { NoStatus } = await import('./status/read-status.js')
  const { DECROCHE_REDIS_URL: url } = readVariables(['DECROCHE_REDIS_URL'])
  try {
    process.stdout.write(await show(url))
  } catch (error) {
    if (!(error instanceof NoStatus)) throw error
    const { noStatusMessages } = await import('./messages.fr.js')
    complain(noStatusMessages[error.why](new URL(url).host, error.known))
    process.exitCode = 1
  }
}

program
  .command('status')
  .description('show the room from Redis alone, also while no engine runs')
  .option('--json', 'as one JSON object')
  .option('--sas <id>', 'which SAS, when this Redis knows several')
  .action(({ json, sas }: { json?: boolean; sas?: string }) =>
    fromRedis(async (url) => {
      const status = await (await import('./status/read-status.js')).readStatus(url, sas, Date.now())
      return json ? `${JSON.stringify(status)}\n` : (await import('./status/status-text.js')).showStatus(status)
    }),
  )

program
  .command('mutual-aid')
  .description('list calls given to neighbours and received from them, as CSV, from as much of the journal as Redis keeps')
  .option('--json', 'as one JSON object a line')
  .option('--sas <id>', 'which SAS, when this Redis knows several')
  .action(({ json, sas }: { json?: boolean; sas?: string }) =>
    fromRedis(async (url) => {
      const rows = await (await import('./status/read-status.js')).readMutualAid(url, sas)
      return json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : (await import('./indicators/mutual-aid.js')).aidAsCsv(rows)
    }),
  )

program
  .command('recordings')
  .description('recordings of conversations (docs/operate.md)')
  .command('verify')
  .description('compare every recording with its seal')
  .option('--dir <directory>', 'where they are (default: DECROCHE_RECORDINGS_DIR)')
  .option('--json', 'as one JSON object')
  .action(async ({ dir: given, json }: { dir?: string; json?: boolean }) => {
    const { areSound, showVerified, verifyRecordings } = await import('./recordings/verified.js')
    const dir = given ?? readVariables(['DECROCHE_RECORDINGS_DIR']).DECROCHE_RECORDINGS_DIR
    if (dir === undefined) throw new EnvironmentError(['DECROCHE_RECORDINGS_DIR is missing: where recordings are, or give --dir'])
    const verified = await verifyRecordings(dir).catch((error: NodeJS.ErrnoException) => {
      throw error.syscall === undefined ? error : new EnvironmentError([error.message])
    })
    say(json ? JSON.stringify(verified) : showVerified(verified))
    if (!areSound(verified)) process.exitCode = 1
  })

const archive = program.command('archive').description('every fact of the journal, kept in files (docs/operate.md)')

/** @param given `--dir`; `DECROCHE_ARCHIVE_DIR` without it */
const fromArchive = async (given: string | undefined, show: (dir: string) => Promise<void>): Promise<void> => {
  const dir = given ?? readVariables(['DECROCHE_ARCHIVE_DIR']).DECROCHE_ARCHIVE_DIR
  if (dir === undefined) throw new EnvironmentError(['DECROCHE_ARCHIVE_DIR is missing: the archive\'s directory, or give --dir'])
  await show(dir)
}

archive
  .command('run')
  .description('write down what the journal tells; everything it needs comes from the environment')
  .action(async () => {
    const { runArchive } = await import('./archive/run.js')
    process.exitCode = await runArchive()
  })

archive
  .command('verify')
  .description('check every line, and that none is missing')
  .option('--dir <directory>', 'the archive (default: DECROCHE_ARCHIVE_DIR)')
  .option('--json', 'as one JSON object')
  .action(({ dir: given, json }: { dir?: string; json?: boolean }) =>
    fromArchive(given, async (dir) => {
      const { showVerdict, verify } = await import('./archive/verify.js')
      const verdict = await verify(dir)
      say(json ? JSON.stringify(verdict) : showVerdict(verdict))
      if (verdict.fault) process.exitCode = 1
    }),
  )

archive
  .command('show')
  .description('print what is known of one call, one person, or one day in UTC')
  .option('--call <id>', 'as in `decroche status`')
  .option('--person <id>', 'as in the configuration')
  .option('--day <YYYY-MM-DD>', 'in UTC')
  .option('--dir <directory>', 'the archive (default: DECROCHE_ARCHIVE_DIR)')
  .option('--json', 'lines as they are in the archive')
  .action(({ dir: given, json, ...wanted }: { dir?: string; json?: boolean; call?: string; person?: string; day?: string }) =>
    fromArchive(given, async (dir) => {
      const { linesOf, showLine } = await import('./archive/show.js')
      let count = 0
      for await (const line of linesOf(dir, wanted)) {
        count += 1
        // Whoever reads may be slower than the disk.
        if (!process.stdout.write(`${json ? line : showLine(line)}\n`)) await once(process.stdout, 'drain')
      }
      if (count > 0) return
      complain('the archive knows nothing of that')
      process.exitCode = 1
    }),
  )

program
  .command('why')
  .description('tell the story of a call in French, each decision with its reason: from the journal, and from the archive (DECROCHE_ARCHIVE_DIR)')
  .argument('<call>', 'as in `decroche status`')
  .option('--dir <directory>', 'the archive (default: DECROCHE_ARCHIVE_DIR)')
  .option('--sas <id>', 'which SAS, when this Redis knows several')
  .option('--json', 'as one JSON object')
  .action(async (call: string, { dir: given, sas, json }: { dir?: string; sas?: string; json?: boolean }) => {
    const { showStory, storyOf } = await import('./archive/why.js')
    const { DECROCHE_REDIS_URL: url, DECROCHE_ARCHIVE_DIR: set } = readVariables(['DECROCHE_REDIS_URL', 'DECROCHE_ARCHIVE_DIR'])
    await fromRedis(async () => {
      const story = await storyOf(call, { url, sas, dir: given ?? set ?? null })
      for (const notice of story.notices) complain(notice)
      if (story.facts.length === 0) process.exitCode = 1
      return json ? `${JSON.stringify(story)}\n` : `${showStory(story)}\n`
    })
  })

/** Options that commander refuses are as wrong as those that the report does. */
const report = program
  .command('report')
  .description('the activity report of a month or a year, from the archive (annex 3 of the instruction; docs/indicators.md)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .option('--month <month>', 'such as 2026-10')
  .option('--year <year>', 'such as 2026: the twelve months and the year')
  .option('--sas <id>', 'whose report it is, such as 67: refused when the configuration is of another')
  .option('--archive <directory>', 'the archive (default: DECROCHE_ARCHIVE_DIR)')
  .option('--config <file>', 'the YAML file of the SAS (default: DECROCHE_CONFIG)')
  .option('--base-zero <file>', 'months before the launch, to compare with')
  .option('--out <directory>', 'write files there, and print nothing but their names')
  .option('--format <formats...>', 'page, csv, xlsx, json (default: all)')
  .option('--json', 'as one JSON object')
  .action((given: ReportArguments) => orTellReport(given.baseZero, async ({ runReport }) => void process.stdout.write(await runReport(given, Date.now()))))

report
  .command('base-zero')
  .description('the months before the launch')
  .command('check')
  .description('check a file of them: mois;1;2;3;4;5')
  .argument('<file>')
  .action((file: string) =>
    orTellReport(file, async () => {
      const { readBaseZeroFile } = await import('./reports/base-zero-file.js')
      const { launch, year2019 } = await readBaseZeroFile(file)
      say(`${file}: sound (${[...year2019, ...launch].map(({ month }) => month).join(', ')})`)
    }),
  )

/** @param baseZero its file, where there is one: faults begin with its name */
const orTellReport = async (baseZero: string | undefined, work: (command: typeof import('./reports/command.js')) => Promise<void>): Promise<void> => {
  const command = await import('./reports/command.js')
  try {
    await work(command)
  } catch (error) {
    const told = command.toldOf(error, baseZero)
    if (told === null) throw error
    for (const line of told.lines) complain(line)
    process.exitCode = told.exitCode
  }
}

program
  .command('asterisk')
  .description("write Asterisk's configuration for the SAS in DECROCHE_CONFIG")
  .requiredOption('--site <file>', 'where that Asterisk stands: addresses and ports (see deploy/pbx.yaml)')
  .requiredOption('--out <directory>', 'where the files go')
  .action(async ({ site, out }: { site: string; out: string }) => {
    const { writeAsterisk } = await import('./asterisk-config/write.js')
    say(`${writeAsterisk(site, out)} files written`)
  })

program
  .command('phone-password')
  .description('tell the SIP password of a phone, derived from DECROCHE_SIP_SECRET')
  .argument('<phone>', 'as in the configuration')
  .action(async (phone: string) => {
    const { sipPassword } = await import('./asterisk-config/site.js')
    say(sipPassword(readVariables(['DECROCHE_SIP_SECRET']).DECROCHE_SIP_SECRET, phone))
  })

const account = program.command('account').description('passwords of those who sign in at the page (DECROCHE_CONFIG, DECROCHE_REDIS_URL)')

account
  .command('set')
  .description('set a password, asked for without echo or read from standard input')
  .argument('<id>', 'a person, or one of accounts, of the file')
  .action(async (id: string) => (await import('./account-commands.js')).setAccount(id))

account
  .command('remove')
  .description('remove a password')
  .argument('<id>')
  .action(async (id: string) => (await import('./account-commands.js')).removeAccount(id))

account
  .command('list')
  .description('tell who may sign in, and who has a password')
  .option('--json', 'as one JSON object a line')
  .action(async ({ json }: { json?: boolean }) => {
    for (const one of await (await import('./account-commands.js')).listAccounts()) {
      const set = one.setAt === null ? 'no password' : `password of ${new Date(one.setAt).toISOString()}`
      say(json ? JSON.stringify(one) : `${one.id}: ${one.inFile ? one.rights.join(', ') : 'not in the file any more'}; ${set}`)
    }
  })

/** Faults of the surroundings are told in full and without a stack; anything else is ours and keeps its stack. */
const fail = (error: unknown): void => {
  process.exitCode = 1
  if (error instanceof ConfigError) for (const fault of error.faults) complain(showFault(error.file, fault))
  else if (error instanceof EnvironmentError) for (const fault of error.faults) complain(fault)
  else if (error instanceof Told) complain(error.message)
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
}

await program.parseAsync().catch(fail)
