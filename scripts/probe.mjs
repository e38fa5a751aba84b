// Exit 0 when the server named in the environment answers and is recent enough; else says why. Usage: probe.mjs asterisk|redis
import { connect } from 'node:net'

const limitMs = 2000
const probes = {
  async asterisk() {
    const { DECROCHE_ARI_URL: url, DECROCHE_ARI_USER: user = '', DECROCHE_ARI_PASSWORD: password = '' } = process.env
    const info = new URL('/ari/asterisk/info?only=system', url)
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const response = await fetch(info, { headers: { authorization }, signal: AbortSignal.timeout(limitMs) })
    if (!response.ok) throw new Error(`ARI answers ${response.status}`)
    atLeast((await response.json()).system?.version, [22, 4])
  },
  async redis() {
    const url = new URL(process.env.DECROCHE_REDIS_URL)
    const answer = await ask(url, 'INFO server\r\n')
    atLeast(/redis_version:(\S+)/.exec(answer)?.[1], [6, 2])
  },
}

function ask(url, command) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port || 6379) })
    let text = ''
    const end = (finish) => (value) => {
      socket.destroy()
      finish(value)
    }
    socket.setTimeout(limitMs, () => end(reject)(new Error('no answer')))
    socket.on('error', end(reject))
    socket.on('connect', () => {
      const words = [decodeURIComponent(url.username), decodeURIComponent(url.password)].filter((word) => word !== '')
      if (words.length > 0) {
        const parts = ['AUTH', ...words]
        socket.write(`*${parts.length}\r\n${parts.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
      }
      socket.write(command)
    })
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('redis_version:')) end(resolve)(text)
      else if (/^-/m.test(text)) end(reject)(new Error(text.split('\r\n')[0]))
    })
  })
}

function atLeast(version, [major, minor]) {
  const [, a, b] = /(\d+)\.(\d+)/.exec(version ?? '') ?? []
  if (a === undefined) throw new Error('it does not tell its version')
  if (Number(a) < major || (Number(a) === major && Number(b) < minor)) throw new Error(`version ${version} is older than ${major}.${minor}`)
}

const probe = probes[process.argv[2]]
try {
  await probe()
} catch (error) {
  const cause = error.cause?.code ?? error.cause?.message
  process.stderr.write(`  ${process.argv[2]}: ${cause ?? error.message}\n`)
  process.exitCode = 1
}
