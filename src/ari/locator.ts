/**
 * Where callers are, asked of Asterisk once they are in the application: arrival never waits for it. Asked once for each caller whose
 * INVITE says something of it; an address is then asked for the place, where that is allowed.
 */
import { readAsteriskProfile } from '../location/asterisk-profile.js'
import { readGeoUri, readHeader } from '../location/header.js'
import type { LocationLookup } from '../location/lookup.js'
import type { Reading } from '../location/reading.js'
import type { CallerLocation, ChannelId, LocationResult } from '../routing/events.js'
import { AriError, type AriPort } from './port.js'

export interface LocatorOptions {
  readonly port: AriPort
  readonly lookup: LocationLookup
  /** Location is null when there is none to tell. */
  readonly onFound: (call: ChannelId, result: LocationResult, location: CallerLocation | null) => void
}

/** Asterisk gives no such value. */
const absent = null

export class Locator {
  readonly #options: LocatorOptions
  readonly #asked = new Set<ChannelId>()

  constructor(options: LocatorOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async locate(call: ChannelId): Promise<void> {
    if (this.#asked.has(call)) return
    this.#asked.add(call)
    try {
      await this.#locate(call)
    } catch (error) {
      if (!(error instanceof AriError)) throw error
      // Asked again with the next list of what exists, if the caller is still there.
      this.#asked.delete(call)
    }
  }

  forget(call: ChannelId): void {
    this.#asked.delete(call)
  }

  async #locate(call: ChannelId): Promise<void> {
    const text = await this.#read(call, 'PJSIP_HEADER(read,Geolocation)')
    const header = text === absent ? null : readHeader(text)
    if (header === null) return this.#options.onFound(call, 'malformed', null)
    const { hasBody, geo, reference } = header
    const reading = hasBody ? await this.#readBody(call) : geo !== null ? readGeoUri(geo) : null
    if (reading?.ok) return this.#options.onFound(call, 'value', { source: 'by-value', ...reading.place, reference })
    if (reading) this.#options.onFound(call, reading.why, null)
    if (reference !== null) await this.#refer(call, reference)
  }

  async #readBody(call: ChannelId): Promise<Reading> {
    const format = (await this.#read(call, 'GEOLOC_PROFILE(format)')) ?? ''
    const [info, method] = format === '' ? ['', ''] : await Promise.all([this.#read(call, 'GEOLOC_PROFILE(location_info)'), this.#read(call, 'GEOLOC_PROFILE(method)')])
    return readAsteriskProfile({ format, info: info ?? '', method: method ?? '' })
  }

  async #refer(call: ChannelId, reference: string): Promise<void> {
    const { lookup, onFound } = this.#options
    const nothing = { point: null, radiusM: null, civic: null, method: null }
    onFound(call, 'reference', { source: 'by-reference', ...nothing, reference })
    if (!lookup.allows(reference)) return
    const reading = await lookup.look(reference)
    // Over meanwhile.
    if (!this.#asked.has(call)) return
    if (reading?.ok) onFound(call, 'looked-up', { source: 'by-reference', ...reading.place, reference })
    else onFound(call, reading ? reading.why : 'lookup-failed', null)
  }

  /** A value longer than Asterisk can tell is as good as none. */
  async #read(channelId: ChannelId, variable: string): Promise<string | null> {
    try {
      const { value } = await this.#options.port.call('channels.getChannelVar', { channelId, variable })
      return typeof value === 'string' ? value : absent
    } catch (error) {
      if (error instanceof AriError && error.status === 500) return absent
      throw error
    }
  }
}
