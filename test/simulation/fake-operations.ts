/** What is asked of the fake by ARI: each operation with its answers and refusals, as the real one gives them. */
import type { Endpoint } from '../../src/ari/generated.js'
import { AriError, type OperationName, type Params } from '../../src/ari/port.js'
import type { Done, FakeAsterisk, FakeChannel, FakeRecording } from './fake-asterisk.js'

/** Sounds of the prompts; beeps are shorter. */
const soundMs = 1_500

const no = (operation: OperationName, status: number, reason: string): AriError => new AriError('refused', operation, status, reason)

type Handler<O extends OperationName> = (pbx: FakeAsterisk, params: Params<O>, done: Done) => void

/** The channel under control of the application, or why not. */
function controlled(pbx: FakeAsterisk, operation: OperationName, id: string, done: Done, act: (channel: FakeChannel) => unknown): void {
  const channel = pbx.channels.get(id)
  if (!channel) return done(no(operation, 404, 'Channel not found'))
  if (!channel.inStasis) return done(no(operation, 409, 'Channel not in Stasis application'))
  done(null, act(channel))
}

function live(pbx: FakeAsterisk, operation: OperationName, name: string, done: Done, act: (recording: FakeRecording) => unknown): void {
  const recording = pbx.recordings.get(name)
  if (!recording) return done(no(operation, 404, 'Recording not found'))
  done(null, act(recording))
}

export const operations: { readonly [O in OperationName]?: Handler<O> } = {
  'asterisk.getInfo': (_, __, done) => done(null, { system: { version: '22.10.1', entity_id: '' } }),
  'asterisk.ping': (_, __, done) => done(null, { asterisk_id: '', ping: 'pong', timestamp: '' }),
  'applications.filter': (pbx, { filter }, done) => {
    const { allowed } = filter as unknown as { allowed: { type: string }[] }
    pbx.filter(allowed.map(({ type }) => type))
    done(null, application(pbx))
  },
  'applications.get': (pbx, { applicationName }, done) =>
    applicationName === pbx.app ? done(null, application(pbx)) : done(no('applications.get', 404, 'Application not found')),
  'asterisk.setGlobalVar': (pbx, { value = '' }, done) => {
    pbx.beat(value)
    done(null)
  },
  'channels.get': (pbx, { channelId }, done) => {
    const channel = pbx.channels.get(channelId)
    if (channel) done(null, pbx.channelJson(channel))
    else done(no('channels.get', 404, 'Channel not found'))
  },
  'channels.list': (pbx, _, done) => done(null, [...[...pbx.channels.values()].map((channel) => pbx.channelJson(channel)), ...pbx.others()]),
  'bridges.list': (pbx, _, done) => done(null, [...pbx.bridges].map(([id, channels]) => ({ id, channels: [...channels] }))),
  'endpoints.listByTech': (pbx, _, done) =>
    done(null, [...pbx.endpoints].map(([resource, station]): Endpoint => ({ technology: 'PJSIP', resource, state: station ? 'online' : 'offline', channel_ids: channelsOf(pbx, resource) }))),
  'channels.answer': (pbx, { channelId }, done) =>
    controlled(pbx, 'channels.answer', channelId, done, (channel) => void (channel.state = 'Up')),
  'channels.startMoh': (pbx, { channelId }, done) =>
    controlled(pbx, 'channels.startMoh', channelId, done, (channel) => pbx.startMusic(channel)),
  'channels.stopMoh': (pbx, { channelId }, done) =>
    controlled(pbx, 'channels.stopMoh', channelId, done, (channel) => {
      channel.music = false
      channel.musicAfter = false
    }),
  'channels.playWithId': (pbx, { channelId, playbackId, media }, done) =>
    controlled(pbx, 'channels.playWithId', channelId, done, (channel) => {
      const parts = typeof media === 'string' ? [media] : media
      pbx.play(channel, { id: playbackId, ms: parts.reduce((sum, part) => sum + (part.includes('beep') ? 500 : soundMs), 0) })
      return { id: playbackId }
    }),
  'playbacks.stop': (pbx, { playbackId }, done) =>
    pbx.hush(playbackId) ? done(null) : done(no('playbacks.stop', 404, 'Playback not found')),
  'channels.hangup': (pbx, { channelId }, done) => {
    const channel = pbx.channels.get(channelId)
    if (!channel) return done(no('channels.hangup', 404, 'Channel not found'))
    pbx.end(channel)
    done(null)
  },
  'channels.continueInDialplan': (pbx, { channelId }, done) =>
    controlled(pbx, 'channels.continueInDialplan', channelId, done, (channel) => pbx.leave(channel, true)),
  'channels.originateWithId': originate,
  'channels.snoopChannelWithId': (pbx, { channelId, snoopId, appArgs }, done) => {
    if (!pbx.channels.has(channelId)) return done(no('channels.snoopChannelWithId', 404, 'Channel not found'))
    done(null, pbx.channelJson(pbx.whisper(channelId, snoopId, (appArgs ?? '').split(','))))
  },
  'channels.record': (pbx, { channelId, name }, done) => {
    if (pbx.recordings.has(name)) return done(no('channels.record', 409, 'Recording already exists and can not be overwritten'))
    controlled(pbx, 'channels.record', channelId, done, (channel) => pbx.record(channel, name))
  },
  'recordings.getLive': (pbx, { recordingName }, done) => live(pbx, 'recordings.getLive', recordingName, done, (recording) => pbx.recordingJson(recordingName, recording)),
  'recordings.pause': (pbx, { recordingName }, done) => live(pbx, 'recordings.pause', recordingName, done, (recording) => void (recording.paused = true)),
  'recordings.unpause': (pbx, { recordingName }, done) => live(pbx, 'recordings.unpause', recordingName, done, (recording) => void (recording.paused = false)),
  'bridges.createWithId': (pbx, { bridgeId }, done) => {
    if (!pbx.bridges.has(bridgeId)) pbx.bridges.set(bridgeId, new Set())
    done(null, { id: bridgeId, channels: [...(pbx.bridges.get(bridgeId) ?? [])] })
  },
  'bridges.destroy': (pbx, { bridgeId }, done) => {
    if (!pbx.bridges.has(bridgeId)) return done(no('bridges.destroy', 404, 'Bridge not found'))
    pbx.dissolve(bridgeId)
    done(null)
  },
  'bridges.addChannel': add,
}

const channelsOf = (pbx: FakeAsterisk, phone: string): string[] => [
  ...[...pbx.channels.values()].flatMap(({ id, endpoint }) => (endpoint === phone ? id : [])),
  ...pbx.others().flatMap(({ id, name }) => (name.startsWith(`PJSIP/${phone}-0`) ? id : [])),
]

/** A bridge that was never entered is nobody's: an application has those its channels are in. */
const application = (pbx: FakeAsterisk): Record<string, unknown> => ({
  name: pbx.app,
  channel_ids: pbx.ours().map(({ id }) => id),
  bridge_ids: [...pbx.bridges].flatMap(([id, channels]) => (channels.size > 0 ? [id] : [])),
  endpoint_ids: [],
  device_names: [],
  events_allowed: pbx.allowed.map((type) => ({ type })),
  events_disallowed: [],
})

function originate(pbx: FakeAsterisk, params: Params<'channels.originateWithId'>, done: Done): void {
  const { channelId, endpoint, appArgs = '', callerId = '', timeout = 30, originator, variables } = params
  const refuse = (status: number, reason: string): void => done(no('channels.originateWithId', status, reason))
  if (endpoint.startsWith('Local/')) {
    // It ends by itself, at once.
    pbx.quiet()
    return done(null, {})
  }
  if (pbx.channels.has(channelId)) return refuse(409, 'Channel with given unique ID already exists')
  if (originator !== undefined && !pbx.channels.has(originator)) return refuse(400, 'Provided originator channel was not found')
  const phone = endpoint.slice(endpoint.indexOf('/') + 1)
  if (!pbx.stationOf(phone)) return refuse(500, 'Allocation failed')
  const { FALLBACK_TRUNK: trunk, FALLBACK_DIALLED: dialled } = (variables ?? {}) as Record<string, string | undefined>
  if (trunk !== undefined && dialled !== undefined) pbx.calledBack.set(channelId, [trunk, dialled])
  pbx.originate(channelId, phone, appArgs.split(','), callerId, timeout * 1_000)
  done(null, pbx.channelJson(pbx.channels.get(channelId) as FakeChannel))
}

/** All or none, when what they hear is over. */
function add(pbx: FakeAsterisk, { bridgeId, channel }: Params<'bridges.addChannel'>, done: Done): void {
  const refuse = (status: number, reason: string): void => done(no('bridges.addChannel', status, reason))
  if (!pbx.bridges.has(bridgeId)) return refuse(404, 'Bridge not found')
  const ids = typeof channel === 'string' ? channel.split(',') : channel
  const all: FakeChannel[] = []
  for (const id of ids) {
    const one = pbx.channels.get(id)
    if (!one) return refuse(400, 'Channel not found')
    if (!one.inStasis) return refuse(422, 'Channel not in Stasis application')
    all.push(one)
  }
  const enterAll = (): void => {
    const noisy = all.find((one) => one.sounds.length > 0 && pbx.channels.get(one.id) === one)
    if (noisy) {
      noisy.onQuiet.push(enterAll)
      return
    }
    for (const one of all) if (pbx.channels.get(one.id) === one && one.inStasis && pbx.bridges.has(bridgeId)) pbx.enter(one, bridgeId)
    done(null)
  }
  enterAll()
}
