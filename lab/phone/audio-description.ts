/** Offers and answers one audio line: the sip.js way to describe media, without a browser. */
import type { BodyAndContentType, SessionDescriptionHandler } from 'sip.js'
import type { RtpLine } from './rtp-line.js'
import { makeAnswer, makeOffer, newSessionId, readAudio, type RemoteAudio } from './sdp.js'

const contentType = 'application/sdp'

export class AudioDescription implements SessionDescriptionHandler {
  private readonly sessionId = newSessionId()
  private version = 0
  private offered = false
  private offer: RemoteAudio | undefined

  constructor(private readonly line: RtpLine) {}

  /** The call closes the line when it ends; a description alone ends nothing. */
  close(): void {}

  hasDescription(type: string): boolean {
    return type.toLowerCase().startsWith(contentType)
  }

  async getDescription(): Promise<BodyAndContentType> {
    const local = { at: await this.line.open(), sessionId: this.sessionId, version: (this.version += 1), srtpKey: this.line.srtpKey }
    const offer = this.offer
    if (offer === undefined) {
      this.offered = true
      return { body: makeOffer(local), contentType }
    }
    this.offer = undefined
    const body = makeAnswer(local, offer)
    this.line.connect(offer)
    return { body, contentType }
  }

  setDescription(sdp: string): Promise<void> {
    try {
      const remote = readAudio(sdp)
      if (this.offered) this.line.connect(remote)
      else this.offer = remote
      this.offered = false
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  rollbackDescription(): Promise<void> {
    this.offered = false
    this.offer = undefined
    return Promise.resolve()
  }

  sendDtmf(digits: string): boolean {
    this.line.dtmf(digits).catch(() => undefined)
    return true
  }
}
