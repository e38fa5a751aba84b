/** The file of the SAS as a running engine has it: read once, and again when asked. A file with a fault changes nothing. */
import type { Override, Rules } from '../routing/rules.js'
import { changesBetween } from './changes.js'
import { ConfigError } from './fault.js'
import { configOf, readConfigText } from './load.js'
import type { SasConfig } from './schema.js'
import { Timetable } from './timetable.js'

export interface Reloaded {
  /** What differs from what was in force, by path in the file: `people.arm07.position`; nothing for the same file. */
  readonly changed: readonly string[]
  /** Of these, what goes on as before until the engine is started again. */
  readonly afterRestart: readonly string[]
  /** Of these, what Asterisk must be told too: its configuration is to be written again. */
  readonly forPbx: readonly string[]
}

/** Read once, when an engine starts: where the quality is counted from, how long records live, who may be asked for a place, who is told of calls. */
const atStart = /^(quality|retention|location|lrm)\b|^neighbours\b(?!.*\.(trunk|number|ringSeconds|receive)\b)/

export class LiveConfig {
  #text: string
  #config: SasConfig
  #timetable: Timetable

  /** @throws ConfigError with every fault */
  constructor(readonly file: string) {
    this.#text = readConfigText(file)
    this.#config = configOf(file, this.#text)
    this.#timetable = new Timetable(this.#config)
  }

  get config(): SasConfig {
    return this.#config
  }

  /** The rules in force at a moment, ms since the epoch. */
  rulesAt(atMs: number, overrides: Iterable<Override>): Rules {
    return this.#timetable.rulesAt(atMs, overrides)
  }

  /**
   * Reads the file again, whole or not at all.
   * @throws ConfigError with every fault, or when it has become another SAS: nothing has changed then
   */
  reload(): Reloaded {
    const text = readConfigText(this.file)
    // At a takeover every millisecond counts, and mostly nobody touched the file.
    if (text === this.#text) return { changed: [], afterRestart: [], forPbx: [] }
    const config = configOf(this.file, text)
    if (config.sas.id !== this.#config.sas.id)
      throw new ConfigError(this.file, [
        { path: 'sas.id', line: null, column: null, message: `this engine runs SAS ${this.#config.sas.id}`, hint: 'another SAS needs an engine of its own' },
      ])
    const timetable = new Timetable(config)
    const changes = changesBetween(this.#config, config)
    const changed = changes.map(({ path }) => path)
    this.#text = text
    this.#config = config
    this.#timetable = timetable
    return { changed, afterRestart: changed.filter((path) => atStart.test(path)), forPbx: changes.filter(({ pbx }) => pbx).map(({ path }) => path) }
  }
}
