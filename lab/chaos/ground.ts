/** The real parts of a run: one Asterisk, one Redis, engines and who keeps them running, a relay that can be cut, the staff. */
import { startAsterisk, type Asterisk } from '../asterisk.js'
import { startRedis, type Redis } from '../redis.js'
import { Relay } from '../relay.js'
import { Stack } from '../stack.js'
import { loadConfig } from '../../src/config/load.js'
import { JournalTail } from '../journal-tail.js'
import { writeSas } from './sas.js'
import { Staff } from './staff.js'
import { Supervisor } from './supervisor.js'

export class Ground {
  private constructor(
    public asterisk: Asterisk,
    public redis: Redis,
    readonly relay: Relay,
    readonly stack: Stack,
    readonly supervisor: Supervisor,
    readonly journal: JournalTail,
    readonly staff: Staff,
    /** How many engines run. */
    readonly engines: number,
  ) {}

  /** Everything at work and every phone registered. @param engines 1: nobody stands by */
  static async open(engines: number): Promise<Ground> {
    const configFile = writeSas()
    const config = loadConfig(configFile)
    const redis = await startRedis({ aof: 'everysec' })
    const asterisk = await startAsterisk({ config, rtpPorts: 1_500 })
    const relay = await Relay.start(asterisk.ariUrl)
    // Ours to restart, not the stack's: to it both are servers that are there already.
    const pbx = { ...asterisk, ariUrl: relay.url, stop: async () => {} }
    const stack = await Stack.start({ configFile, redisUrl: redis.url, pbx })
    const supervisor = await Supervisor.start(stack, engines)
    const journal = await JournalTail.open(redis.url, config.sas.id)
    const staff = await Staff.open(pbx)
    await supervisor.settled()
    return new Ground(asterisk, redis, relay, stack, supervisor, journal, staff, engines)
  }

  /** The same one, with what it had on disk. */
  async startRedisAgain(): Promise<void> {
    const { dir, port } = this.redis
    this.redis = await startRedis({ aof: 'everysec', dir, port })
  }

  /** Kills Asterisk and starts it again at once, at the same addresses. */
  async startAsteriskAgain(): Promise<void> {
    const { dir, site } = this.asterisk
    await this.asterisk.kill()
    this.staff.dropCalls()
    this.asterisk = await startAsterisk({ config: this.stack.config, dir, site })
  }

  async close(): Promise<void> {
    this.supervisor.stop()
    this.journal.close()
    await this.stack.stop()
    await this.staff.close()
    await this.relay.stop()
    await this.asterisk.stop()
    await this.redis.stop()
  }
}
