/* Generated from the API description of Asterisk by scripts/generate-ari-types.ts. Do not edit. */

export interface Application {
  name: string
  channel_ids: string[]
  bridge_ids: string[]
  endpoint_ids: string[]
  device_names: string[]
  events_allowed: Record<string, unknown>[]
  events_disallowed: Record<string, unknown>[]
}

export interface BuildInfo {
  os: string
  kernel: string
  options: string
  machine: string
  date: string
  user: string
}

export interface SystemInfo {
  version: string
  entity_id: string
}

export interface SetId {
  user: string
  group: string
}

export interface ConfigInfo {
  name: string
  default_language: string
  max_channels?: number
  max_open_files?: number
  max_load?: number
  setid: SetId
}

export interface StatusInfo {
  startup_time: string
  last_reload_time: string
}

export interface AsteriskInfo {
  build?: BuildInfo
  system?: SystemInfo
  config?: ConfigInfo
  status?: StatusInfo
}

export interface AsteriskPing {
  asterisk_id: string
  ping: string
  timestamp: string
}

export interface Module {
  name: string
  description: string
  use_count: number
  status: string
  support_level: string
}

export interface LogChannel {
  channel: string
  type: string
  status: string
  configuration: string
}

export interface Variable {
  value: string
}

export interface Variables {
  variables: Record<string, unknown>
}

export interface ConfigTuple {
  attribute: string
  value: string
}

export interface Bridge {
  id: string
  technology: string
  bridge_type: 'mixing' | 'holding'
  bridge_class: string
  creator: string
  name: string
  channels: string[]
  video_mode?: string
  video_source_id?: string
  creationtime: string
  bridgevars?: Record<string, unknown>
}

export interface Dialed {}

export interface DialplanCEP {
  context: string
  exten: string
  priority: number
  app_name: string
  app_data: string
}

export interface CallerID {
  name: string
  number: string
}

export interface RTPstat {
  txcount: number
  rxcount: number
  txjitter?: number
  rxjitter?: number
  remote_maxjitter?: number
  remote_minjitter?: number
  remote_normdevjitter?: number
  remote_stdevjitter?: number
  local_maxjitter?: number
  local_minjitter?: number
  local_normdevjitter?: number
  local_stdevjitter?: number
  txploss: number
  rxploss: number
  remote_maxrxploss?: number
  remote_minrxploss?: number
  remote_normdevrxploss?: number
  remote_stdevrxploss?: number
  local_maxrxploss?: number
  local_minrxploss?: number
  local_normdevrxploss?: number
  local_stdevrxploss?: number
  rtt?: number
  maxrtt?: number
  minrtt?: number
  normdevrtt?: number
  stdevrtt?: number
  local_ssrc: number
  remote_ssrc: number
  txoctetcount: number
  rxoctetcount: number
  channel_uniqueid: string
}

export interface Channel {
  id: string
  protocol_id: string
  name: string
  state: 'Down' | 'Rsrved' | 'OffHook' | 'Dialing' | 'Ring' | 'Ringing' | 'Up' | 'Busy' | 'Dialing Offhook' | 'Pre-ring' | 'Unknown'
  caller: CallerID
  connected: CallerID
  accountcode: string
  dialplan: DialplanCEP
  creationtime: string
  language: string
  channelvars?: Record<string, unknown>
  caller_rdnis?: string
  tenantid?: string
}

export interface Endpoint {
  technology: string
  resource: string
  state?: 'unknown' | 'offline' | 'online'
  channel_ids: string[]
}

export interface TextMessage {
  from: string
  to: string
  body: string
  variables?: Record<string, unknown>
}

export interface Message {
  type: string
  asterisk_id?: string
}

export interface MissingParams extends Message {
  type: 'MissingParams'
  params: string[]
}

export interface Event extends Message {
  application: string
  timestamp: string
}

export interface ContactInfo {
  uri: string
  contact_status: 'Unreachable' | 'Reachable' | 'Unknown' | 'NonQualified' | 'Removed'
  aor: string
  roundtrip_usec?: string
}

export interface Peer {
  peer_status: string
  cause?: string
  address?: string
  port?: string
  time?: string
}

export interface DeviceStateChanged extends Event {
  type: 'DeviceStateChanged'
  device_state: unknown
}

export interface PlaybackStarted extends Event {
  type: 'PlaybackStarted'
  playback: Playback
}

export interface PlaybackContinuing extends Event {
  type: 'PlaybackContinuing'
  playback: Playback
}

export interface PlaybackFinished extends Event {
  type: 'PlaybackFinished'
  playback: Playback
}

export interface RecordingStarted extends Event {
  type: 'RecordingStarted'
  recording: LiveRecording
}

export interface RecordingFinished extends Event {
  type: 'RecordingFinished'
  recording: LiveRecording
}

export interface RecordingFailed extends Event {
  type: 'RecordingFailed'
  recording: LiveRecording
}

export interface ApplicationMoveFailed extends Event {
  type: 'ApplicationMoveFailed'
  channel: Channel
  destination: string
  args: string[]
}

export interface ApplicationRegistered extends Event {
  type: 'ApplicationRegistered'
}

export interface ApplicationUnregistered extends Event {
  type: 'ApplicationUnregistered'
}

export interface ApplicationReplaced extends Event {
  type: 'ApplicationReplaced'
}

export interface BridgeCreated extends Event {
  type: 'BridgeCreated'
  bridge: Bridge
}

export interface BridgeDestroyed extends Event {
  type: 'BridgeDestroyed'
  bridge: Bridge
}

export interface BridgeMerged extends Event {
  type: 'BridgeMerged'
  bridge: Bridge
  bridge_from: Bridge
}

export interface BridgeVideoSourceChanged extends Event {
  type: 'BridgeVideoSourceChanged'
  bridge: Bridge
  old_video_source_id?: string
}

export interface BridgeBlindTransfer extends Event {
  type: 'BridgeBlindTransfer'
  channel: Channel
  replace_channel?: Channel
  transferee?: Channel
  exten: string
  context: string
  result: string
  is_external: boolean
  bridge?: Bridge
}

export interface BridgeAttendedTransfer extends Event {
  type: 'BridgeAttendedTransfer'
  transferer_first_leg: Channel
  transferer_second_leg: Channel
  replace_channel?: Channel
  transferee?: Channel
  transfer_target?: Channel
  result: string
  is_external: boolean
  transferer_first_leg_bridge?: Bridge
  transferer_second_leg_bridge?: Bridge
  destination_type: string
  destination_bridge?: string
  destination_application?: string
  destination_link_first_leg?: Channel
  destination_link_second_leg?: Channel
  destination_threeway_channel?: Channel
  destination_threeway_bridge?: Bridge
}

export interface ChannelCreated extends Event {
  type: 'ChannelCreated'
  channel: Channel
}

export interface ChannelDestroyed extends Event {
  type: 'ChannelDestroyed'
  cause: number
  cause_txt: string
  tech_cause?: number
  channel: Channel
}

export interface ChannelEnteredBridge extends Event {
  type: 'ChannelEnteredBridge'
  bridge: Bridge
  channel?: Channel
}

export interface ChannelLeftBridge extends Event {
  type: 'ChannelLeftBridge'
  bridge: Bridge
  channel: Channel
}

export interface ChannelStateChange extends Event {
  type: 'ChannelStateChange'
  channel: Channel
}

export interface ChannelDtmfReceived extends Event {
  type: 'ChannelDtmfReceived'
  digit: string
  duration_ms: number
  channel: Channel
}

export interface ChannelDialplan extends Event {
  type: 'ChannelDialplan'
  channel: Channel
  dialplan_app: string
  dialplan_app_data: string
}

export interface ChannelCallerId extends Event {
  type: 'ChannelCallerId'
  caller_presentation: number
  caller_presentation_txt: string
  channel: Channel
}

export interface ChannelUserevent extends Event {
  type: 'ChannelUserevent'
  eventname: string
  channel?: Channel
  bridge?: Bridge
  endpoint?: Endpoint
  userevent: Record<string, unknown>
}

export interface ChannelHangupRequest extends Event {
  type: 'ChannelHangupRequest'
  cause?: number
  tech_cause?: number
  soft?: boolean
  channel: Channel
}

export interface ChannelVarset extends Event {
  type: 'ChannelVarset'
  variable: string
  value: string
  channel?: Channel
}

export interface ChannelHold extends Event {
  type: 'ChannelHold'
  channel: Channel
  musicclass?: string
}

export interface ChannelUnhold extends Event {
  type: 'ChannelUnhold'
  channel: Channel
}

export interface ChannelToneDetected extends Event {
  type: 'ChannelToneDetected'
  channel: Channel
}

export interface ChannelTalkingStarted extends Event {
  type: 'ChannelTalkingStarted'
  channel: Channel
}

export interface ChannelTalkingFinished extends Event {
  type: 'ChannelTalkingFinished'
  channel: Channel
  duration: number
}

export interface ContactStatusChange extends Event {
  type: 'ContactStatusChange'
  endpoint: Endpoint
  contact_info: ContactInfo
}

export interface PeerStatusChange extends Event {
  type: 'PeerStatusChange'
  endpoint: Endpoint
  peer: Peer
}

export interface EndpointStateChange extends Event {
  type: 'EndpointStateChange'
  endpoint: Endpoint
}

export interface Dial extends Event {
  type: 'Dial'
  caller?: Channel
  peer: Channel
  forward?: string
  forwarded?: Channel
  dialstring?: string
  dialstatus: string
}

export interface StasisEnd extends Event {
  type: 'StasisEnd'
  channel: Channel
}

export interface StasisStart extends Event {
  type: 'StasisStart'
  args: string[]
  channel: Channel
  replace_channel?: Channel
}

export interface TextMessageReceived extends Event {
  type: 'TextMessageReceived'
  message: TextMessage
  endpoint?: Endpoint
}

export interface ChannelConnectedLine extends Event {
  type: 'ChannelConnectedLine'
  channel: Channel
}

export interface ChannelTransfer extends Event {
  type: 'ChannelTransfer'
  state?: string
  refer_to: ReferTo
  referred_by: ReferredBy
}

export interface ReferTo {
  requested_destination: RequiredDestination
  destination_channel?: Channel
  connected_channel?: Channel
  bridge?: Bridge
}

export interface ReferredBy {
  source_channel: Channel
  connected_channel?: Channel
  bridge?: Bridge
}

export interface RequiredDestination {
  protocol_id?: string
  destination?: string
  additional_protocol_params?: AdditionalParam[]
}

export interface AdditionalParam {
  parameter_name: string
  parameter_value: string
}

export interface RESTHeader {
  name: string
  value: string
}

export interface RESTQueryStringParameter {
  name: string
  value: string
}

export interface RESTRequest {
  type: string
  transaction_id: string
  request_id: string
  method: string
  uri: string
  content_type?: string
  query_strings?: RESTQueryStringParameter[]
  message_body?: string
}

export interface RESTResponse extends Event {
  type: 'RESTResponse'
  transaction_id: string
  request_id: string
  status_code: number
  reason_phrase: string
  uri: string
  content_type?: string
  message_body?: string
}

export interface CallBroadcast extends Event {
  type: 'CallBroadcast'
  channel: Channel
  caller?: string
  called?: string
}

export interface CallClaimed extends Event {
  type: 'CallClaimed'
  channel: Channel
  winner_app: string
}

export interface Playback {
  id: string
  media_uri: string
  next_media_uri?: string
  target_uri: string
  language?: string
  state: 'queued' | 'playing' | 'continuing' | 'done' | 'failed'
}

export interface StoredRecording {
  name: string
  format: string
}

export interface LiveRecording {
  name: string
  format: string
  target_uri: string
  state: 'queued' | 'recording' | 'paused' | 'done' | 'failed' | 'canceled'
  duration?: number
  talking_duration?: number
  silence_duration?: number
  cause?: string
}

export type AriEvent =
  | DeviceStateChanged
  | PlaybackStarted
  | PlaybackContinuing
  | PlaybackFinished
  | RecordingStarted
  | RecordingFinished
  | RecordingFailed
  | ApplicationMoveFailed
  | ApplicationRegistered
  | ApplicationUnregistered
  | ApplicationReplaced
  | BridgeCreated
  | BridgeDestroyed
  | BridgeMerged
  | BridgeBlindTransfer
  | BridgeAttendedTransfer
  | BridgeVideoSourceChanged
  | ChannelCreated
  | ChannelDestroyed
  | ChannelEnteredBridge
  | ChannelLeftBridge
  | ChannelStateChange
  | ChannelDtmfReceived
  | ChannelDialplan
  | ChannelCallerId
  | ChannelUserevent
  | ChannelHangupRequest
  | ChannelVarset
  | ChannelToneDetected
  | ChannelTalkingStarted
  | ChannelTalkingFinished
  | ChannelHold
  | ChannelUnhold
  | ContactStatusChange
  | EndpointStateChange
  | Dial
  | StasisEnd
  | StasisStart
  | TextMessageReceived
  | ChannelConnectedLine
  | PeerStatusChange
  | ChannelTransfer
  | RESTResponse
  | CallBroadcast
  | CallClaimed

export const eventTypes = [
  'DeviceStateChanged',
  'PlaybackStarted',
  'PlaybackContinuing',
  'PlaybackFinished',
  'RecordingStarted',
  'RecordingFinished',
  'RecordingFailed',
  'ApplicationMoveFailed',
  'ApplicationRegistered',
  'ApplicationUnregistered',
  'ApplicationReplaced',
  'BridgeCreated',
  'BridgeDestroyed',
  'BridgeMerged',
  'BridgeBlindTransfer',
  'BridgeAttendedTransfer',
  'BridgeVideoSourceChanged',
  'ChannelCreated',
  'ChannelDestroyed',
  'ChannelEnteredBridge',
  'ChannelLeftBridge',
  'ChannelStateChange',
  'ChannelDtmfReceived',
  'ChannelDialplan',
  'ChannelCallerId',
  'ChannelUserevent',
  'ChannelHangupRequest',
  'ChannelVarset',
  'ChannelToneDetected',
  'ChannelTalkingStarted',
  'ChannelTalkingFinished',
  'ChannelHold',
  'ChannelUnhold',
  'ContactStatusChange',
  'EndpointStateChange',
  'Dial',
  'StasisEnd',
  'StasisStart',
  'TextMessageReceived',
  'ChannelConnectedLine',
  'PeerStatusChange',
  'ChannelTransfer',
  'RESTResponse',
  'CallBroadcast',
  'CallClaimed',
] as const satisfies readonly AriEvent['type'][]

export interface Operations {
  'applications.list': {
    params: {}
    result: Application[]
  }
  'applications.get': {
    params: { applicationName: string }
    result: Application
  }
  'applications.subscribe': {
    params: { applicationName: string; eventSource: string | readonly string[] }
    result: Application
  }
  'applications.unsubscribe': {
    params: { applicationName: string; eventSource: string | readonly string[] }
    result: Application
  }
  'applications.filter': {
    params: { applicationName: string; filter?: Record<string, unknown> }
    result: Application
  }
  'asterisk.getObject': {
    params: { configClass: string; objectType: string; id: string }
    result: ConfigTuple[]
  }
  'asterisk.updateObject': {
    params: { configClass: string; objectType: string; id: string; fields?: readonly ConfigTuple[] }
    result: ConfigTuple[]
  }
  'asterisk.deleteObject': {
    params: { configClass: string; objectType: string; id: string }
    result: void
  }
  'asterisk.getInfo': {
    params: { only?: string | readonly string[] }
    result: AsteriskInfo
  }
  'asterisk.ping': {
    params: {}
    result: AsteriskPing
  }
  'asterisk.listModules': {
    params: {}
    result: Module[]
  }
  'asterisk.getModule': {
    params: { moduleName: string }
    result: Module
  }
  'asterisk.loadModule': {
    params: { moduleName: string }
    result: void
  }
  'asterisk.unloadModule': {
    params: { moduleName: string }
    result: void
  }
  'asterisk.reloadModule': {
    params: { moduleName: string }
    result: void
  }
  'asterisk.listLogChannels': {
    params: {}
    result: LogChannel[]
  }
  'asterisk.addLog': {
    params: { logChannelName: string; configuration: string }
    result: void
  }
  'asterisk.deleteLog': {
    params: { logChannelName: string }
    result: void
  }
  'asterisk.rotateLog': {
    params: { logChannelName: string }
    result: void
  }
  'asterisk.getGlobalVar': {
    params: { variable: string }
    result: Variable
  }
  'asterisk.setGlobalVar': {
    params: { variable: string; value?: string }
    result: void
  }
  'bridges.list': {
    params: {}
    result: Bridge[]
  }
  'bridges.create': {
    params: { type?: string; bridgeId?: string; name?: string; variables?: Record<string, string> }
    result: Bridge
  }
  'bridges.createWithId': {
    params: { type?: string; bridgeId: string; name?: string; variables?: Record<string, string> }
    result: Bridge
  }
  'bridges.get': {
    params: { bridgeId: string }
    result: Bridge
  }
  'bridges.destroy': {
    params: { bridgeId: string }
    result: void
  }
  'bridges.getBridgeVar': {
    params: { bridgeId: string; variable: string }
    result: Variable
  }
  'bridges.setBridgeVar': {
    params: { bridgeId: string; variable: string; value?: string; report_events?: boolean }
    result: void
  }
  'bridges.getBridgeVars': {
    params: { bridgeId: string; variables: string | readonly string[] }
    result: Variables
  }
  'bridges.setBridgeVars': {
    params: { bridgeId: string; variables: Record<string, string> }
    result: void
  }
  'bridges.addChannel': {
    params: { bridgeId: string; channel: string | readonly string[]; role?: string; absorbDTMF?: boolean; mute?: boolean; inhibitConnectedLineUpdates?: boolean }
    result: void
  }
  'bridges.removeChannel': {
    params: { bridgeId: string; channel: string | readonly string[] }
    result: void
  }
  'bridges.setVideoSource': {
    params: { bridgeId: string; channelId: string }
    result: void
  }
  'bridges.clearVideoSource': {
    params: { bridgeId: string }
    result: void
  }
  'bridges.startMoh': {
    params: { bridgeId: string; mohClass?: string }
    result: void
  }
  'bridges.stopMoh': {
    params: { bridgeId: string }
    result: void
  }
  'bridges.play': {
    params: { bridgeId: string; media: string | readonly string[]; announcer_format?: string; lang?: string; offsetms?: number; skipms?: number; playbackId?: string }
    result: Playback
  }
  'bridges.playWithId': {
    params: { bridgeId: string; playbackId: string; media: string | readonly string[]; announcer_format?: string; lang?: string; offsetms?: number; skipms?: number }
    result: Playback
  }
  'bridges.record': {
    params: { bridgeId: string; name: string; format: string; recorder_format?: string; maxDurationSeconds?: number; maxSilenceSeconds?: number; ifExists?: string; beep?: boolean; terminateOn?: string }
    result: LiveRecording
  }
  'channels.list': {
    params: {}
    result: Channel[]
  }
  'channels.originate': {
    params: { endpoint: string; extension?: string; context?: string; priority?: number; label?: string; app?: string; appArgs?: string; callerId?: string; timeout?: number; variables?: Record<string, string>; channelId?: string; otherChannelId?: string; originator?: string; formats?: string }
    result: Channel
  }
  'channels.create': {
    params: { endpoint: string; app: string; appArgs?: string; channelId?: string; otherChannelId?: string; originator?: string; formats?: string; variables?: Record<string, string> }
    result: Channel
  }
  'channels.get': {
    params: { channelId: string }
    result: Channel
  }
  'channels.originateWithId': {
    params: { channelId: string; endpoint: string; extension?: string; context?: string; priority?: number; label?: string; app?: string; appArgs?: string; callerId?: string; timeout?: number; variables?: Record<string, string>; otherChannelId?: string; originator?: string; formats?: string }
    result: Channel
  }
  'channels.hangup': {
    params: { channelId: string; reason_code?: string; reason?: string }
    result: void
  }
  'channels.continueInDialplan': {
    params: { channelId: string; context?: string; extension?: string; priority?: number; label?: string }
    result: void
  }
  'channels.move': {
    params: { channelId: string; app: string; appArgs?: string }
    result: void
  }
  'channels.redirect': {
    params: { channelId: string; endpoint: string }
    result: void
  }
  'channels.answer': {
    params: { channelId: string }
    result: void
  }
  'channels.ring': {
    params: { channelId: string }
    result: void
  }
  'channels.ringStop': {
    params: { channelId: string }
    result: void
  }
  'channels.progress': {
    params: { channelId: string }
    result: void
  }
  'channels.sendDTMF': {
    params: { channelId: string; dtmf?: string; before?: number; between?: number; duration?: number; after?: number }
    result: void
  }
  'channels.mute': {
    params: { channelId: string; direction?: string }
    result: void
  }
  'channels.unmute': {
    params: { channelId: string; direction?: string }
    result: void
  }
  'channels.hold': {
    params: { channelId: string }
    result: void
  }
  'channels.unhold': {
    params: { channelId: string }
    result: void
  }
  'channels.startMoh': {
    params: { channelId: string; mohClass?: string }
    result: void
  }
  'channels.stopMoh': {
    params: { channelId: string }
    result: void
  }
  'channels.startSilence': {
    params: { channelId: string }
    result: void
  }
  'channels.stopSilence': {
    params: { channelId: string }
    result: void
  }
  'channels.play': {
    params: { channelId: string; media: string | readonly string[]; lang?: string; offsetms?: number; skipms?: number; playbackId?: string }
    result: Playback
  }
  'channels.playWithId': {
    params: { channelId: string; playbackId: string; media: string | readonly string[]; lang?: string; offsetms?: number; skipms?: number }
    result: Playback
  }
  'channels.record': {
    params: { channelId: string; name: string; format: string; maxDurationSeconds?: number; maxSilenceSeconds?: number; ifExists?: string; beep?: boolean; terminateOn?: string }
    result: LiveRecording
  }
  'channels.getChannelVar': {
    params: { channelId: string; variable: string }
    result: Variable
  }
  'channels.setChannelVar': {
    params: { channelId: string; variable: string; value?: string; report_events?: boolean }
    result: void
  }
  'channels.getChannelVars': {
    params: { channelId: string; variables: string | readonly string[] }
    result: Variables
  }
  'channels.setChannelVars': {
    params: { channelId: string; variables: Record<string, string> }
    result: void
  }
  'channels.snoopChannel': {
    params: { channelId: string; spy?: string; whisper?: string; app: string; appArgs?: string; snoopId?: string }
    result: Channel
  }
  'channels.snoopChannelWithId': {
    params: { channelId: string; snoopId: string; spy?: string; whisper?: string; app: string; appArgs?: string }
    result: Channel
  }
  'channels.dial': {
    params: { channelId: string; caller?: string; timeout?: number }
    result: void
  }
  'channels.rtpstatistics': {
    params: { channelId: string }
    result: RTPstat
  }
  'channels.externalMedia': {
    params: { channelId?: string; app: string; variables?: Record<string, string>; external_host?: string; encapsulation?: string; transport?: string; connection_type?: string; format: string; direction?: string; data?: string; transport_data?: string }
    result: Channel
  }
  'channels.transfer_progress': {
    params: { channelId: string; states: string }
    result: void
  }
  'endpoints.list': {
    params: {}
    result: Endpoint[]
  }
  'endpoints.sendMessage': {
    params: { to: string; from: string; body?: string; variables?: Record<string, string> }
    result: void
  }
  'endpoints.refer': {
    params: { to: string; from: string; refer_to: string; to_self?: boolean; variables?: Record<string, string> }
    result: void
  }
  'endpoints.listByTech': {
    params: { tech: string }
    result: Endpoint[]
  }
  'endpoints.get': {
    params: { tech: string; resource: string }
    result: Endpoint
  }
  'endpoints.sendMessageToEndpoint': {
    params: { tech: string; resource: string; from: string; body?: string; variables?: Record<string, string> }
    result: void
  }
  'endpoints.referToEndpoint': {
    params: { tech: string; resource: string; from: string; refer_to: string; to_self?: boolean; variables?: Record<string, string> }
    result: void
  }
  'events.userEvent': {
    params: { eventName: string; application: string; source?: string | readonly string[]; variables?: Record<string, string> }
    result: void
  }
  'events.claimChannel': {
    params: { channelId: string; application: string }
    result: void
  }
  'playbacks.get': {
    params: { playbackId: string }
    result: Playback
  }
  'playbacks.stop': {
    params: { playbackId: string }
    result: void
  }
  'playbacks.control': {
    params: { playbackId: string; operation: string }
    result: void
  }
  'recordings.listStored': {
    params: {}
    result: StoredRecording[]
  }
  'recordings.getStored': {
    params: { recordingName: string }
    result: StoredRecording
  }
  'recordings.deleteStored': {
    params: { recordingName: string }
    result: void
  }
  'recordings.getStoredFile': {
    params: { recordingName: string }
    result: Uint8Array
  }
  'recordings.copyStored': {
    params: { recordingName: string; destinationRecordingName: string }
    result: StoredRecording
  }
  'recordings.getLive': {
    params: { recordingName: string }
    result: LiveRecording
  }
  'recordings.cancel': {
    params: { recordingName: string }
    result: void
  }
  'recordings.stop': {
    params: { recordingName: string }
    result: void
  }
  'recordings.pause': {
    params: { recordingName: string }
    result: void
  }
  'recordings.unpause': {
    params: { recordingName: string }
    result: void
  }
  'recordings.mute': {
    params: { recordingName: string }
    result: void
  }
  'recordings.unmute': {
    params: { recordingName: string }
    result: void
  }
}

export interface OperationShape {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Relative to the root of the interface, with `{parameter}` places. */
  readonly path: string
  readonly query: readonly string[]
  readonly body?: { readonly name: string; readonly whole: boolean }
}

export const operations: { readonly [name in keyof Operations]: OperationShape } = {
  'applications.list': { method: 'GET', path: '/applications', query: [] },
  'applications.get': { method: 'GET', path: '/applications/{applicationName}', query: [] },
  'applications.subscribe': { method: 'POST', path: '/applications/{applicationName}/subscription', query: ['eventSource'] },
  'applications.unsubscribe': { method: 'DELETE', path: '/applications/{applicationName}/subscription', query: ['eventSource'] },
  'applications.filter': { method: 'PUT', path: '/applications/{applicationName}/eventFilter', query: [], body: { name: 'filter', whole: true } },
  'asterisk.getObject': { method: 'GET', path: '/asterisk/config/dynamic/{configClass}/{objectType}/{id}', query: [] },
  'asterisk.updateObject': { method: 'PUT', path: '/asterisk/config/dynamic/{configClass}/{objectType}/{id}', query: [], body: { name: 'fields', whole: false } },
  'asterisk.deleteObject': { method: 'DELETE', path: '/asterisk/config/dynamic/{configClass}/{objectType}/{id}', query: [] },
  'asterisk.getInfo': { method: 'GET', path: '/asterisk/info', query: ['only'] },
  'asterisk.ping': { method: 'GET', path: '/asterisk/ping', query: [] },
  'asterisk.listModules': { method: 'GET', path: '/asterisk/modules', query: [] },
  'asterisk.getModule': { method: 'GET', path: '/asterisk/modules/{moduleName}', query: [] },
  'asterisk.loadModule': { method: 'POST', path: '/asterisk/modules/{moduleName}', query: [] },
  'asterisk.unloadModule': { method: 'DELETE', path: '/asterisk/modules/{moduleName}', query: [] },
  'asterisk.reloadModule': { method: 'PUT', path: '/asterisk/modules/{moduleName}', query: [] },
  'asterisk.listLogChannels': { method: 'GET', path: '/asterisk/logging', query: [] },
  'asterisk.addLog': { method: 'POST', path: '/asterisk/logging/{logChannelName}', query: ['configuration'] },
  'asterisk.deleteLog': { method: 'DELETE', path: '/asterisk/logging/{logChannelName}', query: [] },
  'asterisk.rotateLog': { method: 'PUT', path: '/asterisk/logging/{logChannelName}/rotate', query: [] },
  'asterisk.getGlobalVar': { method: 'GET', path: '/asterisk/variable', query: ['variable'] },
  'asterisk.setGlobalVar': { method: 'POST', path: '/asterisk/variable', query: ['variable', 'value'] },
  'bridges.list': { method: 'GET', path: '/bridges', query: [] },
  'bridges.create': { method: 'POST', path: '/bridges', query: ['type', 'bridgeId', 'name'], body: { name: 'variables', whole: false } },
  'bridges.createWithId': { method: 'POST', path: '/bridges/{bridgeId}', query: ['type', 'name'], body: { name: 'variables', whole: false } },
  'bridges.get': { method: 'GET', path: '/bridges/{bridgeId}', query: [] },
  'bridges.destroy': { method: 'DELETE', path: '/bridges/{bridgeId}', query: [] },
  'bridges.getBridgeVar': { method: 'GET', path: '/bridges/{bridgeId}/variable', query: ['variable'] },
  'bridges.setBridgeVar': { method: 'POST', path: '/bridges/{bridgeId}/variable', query: ['variable', 'value', 'report_events'] },
  'bridges.getBridgeVars': { method: 'GET', path: '/bridges/{bridgeId}/variables', query: ['variables'] },
  'bridges.setBridgeVars': { method: 'POST', path: '/bridges/{bridgeId}/variables', query: [], body: { name: 'variables', whole: false } },
  'bridges.addChannel': { method: 'POST', path: '/bridges/{bridgeId}/addChannel', query: ['channel', 'role', 'absorbDTMF', 'mute', 'inhibitConnectedLineUpdates'] },
  'bridges.removeChannel': { method: 'POST', path: '/bridges/{bridgeId}/removeChannel', query: ['channel'] },
  'bridges.setVideoSource': { method: 'POST', path: '/bridges/{bridgeId}/videoSource/{channelId}', query: [] },
  'bridges.clearVideoSource': { method: 'DELETE', path: '/bridges/{bridgeId}/videoSource', query: [] },
  'bridges.startMoh': { method: 'POST', path: '/bridges/{bridgeId}/moh', query: ['mohClass'] },
  'bridges.stopMoh': { method: 'DELETE', path: '/bridges/{bridgeId}/moh', query: [] },
  'bridges.play': { method: 'POST', path: '/bridges/{bridgeId}/play', query: ['media', 'announcer_format', 'lang', 'offsetms', 'skipms', 'playbackId'] },
  'bridges.playWithId': { method: 'POST', path: '/bridges/{bridgeId}/play/{playbackId}', query: ['media', 'announcer_format', 'lang', 'offsetms', 'skipms'] },
  'bridges.record': { method: 'POST', path: '/bridges/{bridgeId}/record', query: ['name', 'format', 'recorder_format', 'maxDurationSeconds', 'maxSilenceSeconds', 'ifExists', 'beep', 'terminateOn'] },
  'channels.list': { method: 'GET', path: '/channels', query: [] },
  'channels.originate': { method: 'POST', path: '/channels', query: ['endpoint', 'extension', 'context', 'priority', 'label', 'app', 'appArgs', 'callerId', 'timeout', 'channelId', 'otherChannelId', 'originator', 'formats'], body: { name: 'variables', whole: false } },
  'channels.create': { method: 'POST', path: '/channels/create', query: ['endpoint', 'app', 'appArgs', 'channelId', 'otherChannelId', 'originator', 'formats'], body: { name: 'variables', whole: false } },
  'channels.get': { method: 'GET', path: '/channels/{channelId}', query: [] },
  'channels.originateWithId': { method: 'POST', path: '/channels/{channelId}', query: ['endpoint', 'extension', 'context', 'priority', 'label', 'app', 'appArgs', 'callerId', 'timeout', 'otherChannelId', 'originator', 'formats'], body: { name: 'variables', whole: false } },
  'channels.hangup': { method: 'DELETE', path: '/channels/{channelId}', query: ['reason_code', 'reason'] },
  'channels.continueInDialplan': { method: 'POST', path: '/channels/{channelId}/continue', query: ['context', 'extension', 'priority', 'label'] },
  'channels.move': { method: 'POST', path: '/channels/{channelId}/move', query: ['app', 'appArgs'] },
  'channels.redirect': { method: 'POST', path: '/channels/{channelId}/redirect', query: ['endpoint'] },
  'channels.answer': { method: 'POST', path: '/channels/{channelId}/answer', query: [] },
  'channels.ring': { method: 'POST', path: '/channels/{channelId}/ring', query: [] },
  'channels.ringStop': { method: 'DELETE', path: '/channels/{channelId}/ring', query: [] },
  'channels.progress': { method: 'POST', path: '/channels/{channelId}/progress', query: [] },
  'channels.sendDTMF': { method: 'POST', path: '/channels/{channelId}/dtmf', query: ['dtmf', 'before', 'between', 'duration', 'after'] },
  'channels.mute': { method: 'POST', path: '/channels/{channelId}/mute', query: ['direction'] },
  'channels.unmute': { method: 'DELETE', path: '/channels/{channelId}/mute', query: ['direction'] },
  'channels.hold': { method: 'POST', path: '/channels/{channelId}/hold', query: [] },
  'channels.unhold': { method: 'DELETE', path: '/channels/{channelId}/hold', query: [] },
  'channels.startMoh': { method: 'POST', path: '/channels/{channelId}/moh', query: ['mohClass'] },
  'channels.stopMoh': { method: 'DELETE', path: '/channels/{channelId}/moh', query: [] },
  'channels.startSilence': { method: 'POST', path: '/channels/{channelId}/silence', query: [] },
  'channels.stopSilence': { method: 'DELETE', path: '/channels/{channelId}/silence', query: [] },
  'channels.play': { method: 'POST', path: '/channels/{channelId}/play', query: ['media', 'lang', 'offsetms', 'skipms', 'playbackId'] },
  'channels.playWithId': { method: 'POST', path: '/channels/{channelId}/play/{playbackId}', query: ['media', 'lang', 'offsetms', 'skipms'] },
  'channels.record': { method: 'POST', path: '/channels/{channelId}/record', query: ['name', 'format', 'maxDurationSeconds', 'maxSilenceSeconds', 'ifExists', 'beep', 'terminateOn'] },
  'channels.getChannelVar': { method: 'GET', path: '/channels/{channelId}/variable', query: ['variable'] },
  'channels.setChannelVar': { method: 'POST', path: '/channels/{channelId}/variable', query: ['variable', 'value', 'report_events'] },
  'channels.getChannelVars': { method: 'GET', path: '/channels/{channelId}/variables', query: ['variables'] },
  'channels.setChannelVars': { method: 'POST', path: '/channels/{channelId}/variables', query: [], body: { name: 'variables', whole: false } },
  'channels.snoopChannel': { method: 'POST', path: '/channels/{channelId}/snoop', query: ['spy', 'whisper', 'app', 'appArgs', 'snoopId'] },
  'channels.snoopChannelWithId': { method: 'POST', path: '/channels/{channelId}/snoop/{snoopId}', query: ['spy', 'whisper', 'app', 'appArgs'] },
  'channels.dial': { method: 'POST', path: '/channels/{channelId}/dial', query: ['caller', 'timeout'] },
  'channels.rtpstatistics': { method: 'GET', path: '/channels/{channelId}/rtp_statistics', query: [] },
  'channels.externalMedia': { method: 'POST', path: '/channels/externalMedia', query: ['channelId', 'app', 'external_host', 'encapsulation', 'transport', 'connection_type', 'format', 'direction', 'data', 'transport_data'], body: { name: 'variables', whole: false } },
  'channels.transfer_progress': { method: 'POST', path: '/channels/{channelId}/transfer_progress', query: ['states'] },
  'endpoints.list': { method: 'GET', path: '/endpoints', query: [] },
  'endpoints.sendMessage': { method: 'PUT', path: '/endpoints/sendMessage', query: ['to', 'from', 'body'], body: { name: 'variables', whole: false } },
  'endpoints.refer': { method: 'POST', path: '/endpoints/refer', query: ['to', 'from', 'refer_to', 'to_self'], body: { name: 'variables', whole: false } },
  'endpoints.listByTech': { method: 'GET', path: '/endpoints/{tech}', query: [] },
  'endpoints.get': { method: 'GET', path: '/endpoints/{tech}/{resource}', query: [] },
  'endpoints.sendMessageToEndpoint': { method: 'PUT', path: '/endpoints/{tech}/{resource}/sendMessage', query: ['from', 'body'], body: { name: 'variables', whole: false } },
  'endpoints.referToEndpoint': { method: 'POST', path: '/endpoints/{tech}/{resource}/refer', query: ['from', 'refer_to', 'to_self'], body: { name: 'variables', whole: false } },
  'events.userEvent': { method: 'POST', path: '/events/user/{eventName}', query: ['application', 'source'], body: { name: 'variables', whole: false } },
  'events.claimChannel': { method: 'POST', path: '/events/claim', query: ['channelId', 'application'] },
  'playbacks.get': { method: 'GET', path: '/playbacks/{playbackId}', query: [] },
  'playbacks.stop': { method: 'DELETE', path: '/playbacks/{playbackId}', query: [] },
  'playbacks.control': { method: 'POST', path: '/playbacks/{playbackId}/control', query: ['operation'] },
  'recordings.listStored': { method: 'GET', path: '/recordings/stored', query: [] },
  'recordings.getStored': { method: 'GET', path: '/recordings/stored/{recordingName}', query: [] },
  'recordings.deleteStored': { method: 'DELETE', path: '/recordings/stored/{recordingName}', query: [] },
  'recordings.getStoredFile': { method: 'GET', path: '/recordings/stored/{recordingName}/file', query: [] },
  'recordings.copyStored': { method: 'POST', path: '/recordings/stored/{recordingName}/copy', query: ['destinationRecordingName'] },
  'recordings.getLive': { method: 'GET', path: '/recordings/live/{recordingName}', query: [] },
  'recordings.cancel': { method: 'DELETE', path: '/recordings/live/{recordingName}', query: [] },
  'recordings.stop': { method: 'POST', path: '/recordings/live/{recordingName}/stop', query: [] },
  'recordings.pause': { method: 'POST', path: '/recordings/live/{recordingName}/pause', query: [] },
  'recordings.unpause': { method: 'DELETE', path: '/recordings/live/{recordingName}/pause', query: [] },
  'recordings.mute': { method: 'POST', path: '/recordings/live/{recordingName}/mute', query: [] },
  'recordings.unmute': { method: 'DELETE', path: '/recordings/live/{recordingName}/mute', query: [] },
}
