/**
 * Where a SAS lives in Redis. Every key carries the hash tag `{sas}`, so one script may touch them all in a cluster.
 *
 *   calls        HASH    call id → record; leaves with the call, and by itself after the retention
 *   agents       HASH    agent id → record
 *   meta         HASH    epoch, owner, seq (last commit), renewed (the lease, server's time in µs), fallback (how far its record was
 *                        read), overrides (JSON), about (what the status command shows of the configuration)
 *   lease        STRING  owner of the room; expires
 *   journal      STREAM  one entry a fact, field `f`; trimmed
 *   quarantine   HASH    records that could not be read, as `calls/<id>` or `agents/<id>`; expires
 *   drm:<id>     STRING  one DRM; expires after the retention
 *   asked:<name> STRING  how a command asked under a key was answered; expires within ten minutes
 *   accounts     HASH    account id → password's hash and when it was set
 *   sessions     HASH    session id → record; leaves when it is over
 *   audit        STREAM  sign-ins and refusals, field `e`; trimmed by length and age
 *   earlier-calls:<name> ZSET  calls from one number, named by an HMAC of it: call id by arrival; expires 24 h after the last
 *   earlier-calls-secret STRING  the key of those HMACs
 *   told         STRING  how far the journal was made into deliveries to the LRM
 *   jobs:…       of BullMQ: deliveries, with ids alone
 */
export interface Keys {
  readonly calls: string
  readonly agents: string
  readonly meta: string
  readonly lease: string
  readonly journal: string
  readonly quarantine: string
  readonly accounts: string
  readonly sessions: string
  readonly audit: string
  readonly told: string
  readonly earlierCallsSecret: string
  readonly jobs: string
  drm(id: string): string
  asked(name: string): string
  earlierCalls(name: string): string
}

/** The SASs this Redis has known, as a SET. */
export const SAS_INDEX = 'decroche:sas'

export const keysOf = (sas: string): Keys => {
  const prefix = `decroche:{${sas}}`
  return {
    calls: `${prefix}:calls`,
    agents: `${prefix}:agents`,
    meta: `${prefix}:meta`,
    lease: `${prefix}:lease`,
    journal: `${prefix}:journal`,
    quarantine: `${prefix}:quarantine`,
    accounts: `${prefix}:accounts`,
    sessions: `${prefix}:sessions`,
    audit: `${prefix}:audit`,
    told: `${prefix}:told`,
    earlierCallsSecret: `${prefix}:earlier-calls-secret`,
    jobs: `${prefix}:jobs`,
    drm: (id) => `${prefix}:drm:${id}`,
    asked: (name) => `${prefix}:asked:${name}`,
    earlierCalls: (name) => `${prefix}:earlier-calls:${name}`,
  }
}
