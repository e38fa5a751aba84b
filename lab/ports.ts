/**
 * Ports for servers that are started from code. Several programs look for ports at the same moment, so blocks are claimed
 * by a file that names the claiming process (claims of dead processes are void), and each port is tried before it is given.
 * Blocks lie below the kernel's ephemeral range.
 */
import { createSocket } from 'node:dgram'
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

const firstPort = 12_000
const lastPort = 31_999
const blockPorts = 50
const blocks = Math.floor((lastPort - firstPort + 1) / blockPorts)
const claimDirectory = join(tmpdir(), 'decroche-ports')

export interface PortRange {
  /** Even. */
  first: number
  last: number
  /** Gives the ports back. They are given back anyway when the process ends. */
  release(): void
}

const singles: number[] = []
const claimed = new Set<string>()
process.once('exit', () => {
  for (const file of claimed) drop(file)
})

/** This machine on its network; loopback where it has none. Asterisk offers no other address to a browser as its own (measured). */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** A run of at least `count` UDP ports that nobody uses, for RTP. @throws Error when none is left. */
export async function freePortRange(count: number): Promise<PortRange> {
  const needed = Math.ceil(count / blockPorts)
  const start = Math.floor(Math.random() * blocks)
  for (let turn = 0; turn < blocks; turn++) {
    const block = (start + turn) % blocks
    if (block + needed > blocks) continue
    const files = claimRun(block, needed)
    if (files === undefined) continue
    const first = firstPort + block * blockPorts
    const last = first + needed * blockPorts - 1
    if (await allFree(first, last)) return { first, last, release: () => files.forEach(drop) }
    files.forEach(drop)
  }
  throw new Error(`no run of ${count} free ports between ${firstPort} and ${lastPort}`)
}

/** One port that is free for both UDP and TCP on every address, given to nobody else while this process lives. */
export async function freePort(): Promise<number> {
  for (let turn = 0; turn < 1000; turn++) {
    const port = singles.pop()
    if (port === undefined) {
      const range = await freePortRange(blockPorts)
      for (let each = range.last; each >= range.first; each--) singles.push(each)
    } else if ((await udpFree(port)) && (await tcpFree(port))) {
      return port
    }
  }
  throw new Error('no free port')
}

function claimRun(block: number, count: number): string[] | undefined {
  mkdirSync(claimDirectory, { recursive: true })
  const files: string[] = []
  for (let each = block; each < block + count; each++) {
    const file = join(claimDirectory, String(firstPort + each * blockPorts))
    if (!claim(file)) {
      files.forEach(drop)
      return undefined
    }
    files.push(file)
  }
  return files
}

function claim(file: string): boolean {
  for (let turn = 0; turn < 2; turn++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      claimed.add(file)
      return true
    } catch {
      if (ownerLives(file)) return false
      drop(file)
    }
  }
  return false
}

function ownerLives(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // Empty: its owner is writing it at this moment.
    if (pid === 0) return true
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function drop(file: string): void {
  claimed.delete(file)
  try {
    unlinkSync(file)
  } catch {
    // Someone else found it void and took it away.
  }
}

async function allFree(first: number, last: number): Promise<boolean> {
  const ports = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return (await Promise.all(ports.map(udpFree))).every(Boolean)
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}

function tcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
