/** What those outside see of real calls on a real Asterisk: the feed and the webhooks, before and after the engine is killed. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Page, inOrder, type Message } from '../unit/feed/page.js'
import type { KnownRoomView } from '../../src/status/known-call.js'
import { Floor, configWith, talk } from './floor.js'

interface Event {
  readonly type: string
  readonly data: { readonly call: string; readonly caller: string | null; readonly drm: string | null }
}

let receiver: Server
let floor: Floor
const events: Event[] = []
let onEvent: () => void = () => undefined

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      events.push(JSON.parse(Buffer.concat(chunks).toString()) as Event)
      response.writeHead(204).end()
      onEvent()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.lrm = { endpoints: [{ id: 'lrm', url, secretEnv: 'LRM_SECRET' }] }
    }),
    environment: { LRM_SECRET: `whsec_${randomBytes(32).toString('base64')}` },
  })
})
afterAll(async () => {
  await floor?.close()
  receiver.close()
})

const told = async (call: string, type: string): Promise<Event> => {
  for (;;) {
    const found = events.find((event) => event.data.call === call && event.type === type)
    if (found) return found
    await new Promise<void>((resolve) => (onEvent = resolve))
  }
}

/** A page on the engine that is there; `until` waits for what it shows. */
async function watch(page = new Page()) {
  const { url } = floor.stack.engines.at(-1) as { url: string }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/feed`)
  let onMessage: () => void = () => undefined
  socket.on('message', (data) => {
    page.take(JSON.parse(String(data)) as Message)
    onMessage()
  })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', token: floor.stack.token, ...(page.seq >= 0 && { resume: { feed: page.feed, seq: page.seq } }) }))
  const until = async (shows: (room: KnownRoomView) => boolean): Promise<void> => {
    while (!shows(page.room(0))) await new Promise<void>((resolve) => (onMessage = resolve))
  }
  return { page, socket, closed, until }
}

it('are the calls as they are, with every event of each', async () => {
  const watching = await watch()
  await watching.until(({ agents }) => agents.length > 0)
  await floor.signIn('arm01', 'arm02')
  const first = await floor.dial('15')
  const agent = await floor.answer('arm01')
  await talk(first, { call: agent, tone: floor.phone('arm01').tone })
  const id = await floor.idOf(first.from)
  await watching.until(({ calls }) => calls.some((call) => call.id === id && call.situation === 'talking' && call.caller === first.from))
  expect(await told(id, 'call-offered')).toMatchObject({ data: { caller: first.from } })
  expect(await told(id, 'drm-opened')).toMatchObject({ data: { caller: first.from, drm: `demo-${id}` } })

  const [dead] = floor.stack.engines.slice(-1)
  const before = watching.page.feed
  await dead?.child.stop('SIGKILL')
  await watching.closed
  await (await floor.stack.startEngine()).active
  const again = await watch(watching.page)
  await again.until(() => again.page.snapshots === 2)
  expect(again.page.feed).not.toBe(before)
  expect(again.page.room(0).calls).toMatchObject([{ id, situation: 'talking', caller: first.from }])

  await floor.api.qualify(id, 'arm01', 'P1')
  await first.call.hangup()
  await told(id, 'qualified')
  expect(await told(id, 'ended')).toMatchObject({ data: { caller: first.from } })
  await again.until(({ calls, agents }) => calls.length === 0 && agents.every(({ state }) => state === 'signed-out' || state === 'ready'))
  const shown = (await floor.api.get('room')) as KnownRoomView
  const { queues, trunks, calls } = inOrder(shown)
  const page = again.page.room(shown.at)
  expect({ queues: page.queues, trunks: page.trunks, calls: page.calls }).toEqual({ queues, trunks, calls })
  expect(page.agents.map(({ id: agent, state, position }) => [agent, state, position])).toEqual(shown.agents.map(({ id: agent, state, position }) => [agent, state, position]))
  expect(await floor.api.get('links')).toMatchObject({ following: true, links: [{ id: 'lrm', failuresInARow: 0 }] })
})
