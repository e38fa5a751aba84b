/**
 * A network of one's own on this machine. Each host is a network namespace (ip-netns(8)) with one address; a switch in a namespace of
 * its own joins them, so that no firewall of this machine stands between. This process is on it too, with as many addresses as it
 * wants. Names hold the number of this process; what a run that was killed left behind is removed by the next one.
 */
import { execFileSync } from 'node:child_process'
import { isAlive } from '../alive.js'
import type { Place } from '../process.js'

/** 10.67.0.0/24 to 10.67.255.0/24: the first that nobody uses. */
const blocks = 256
const blockOf = (third: number): string => `10.67.${third}`
const firstOwn = 101
const nameStart = 'decroche'
/** Networks of this process so far. */
let opened = 0

export class Network {
  #closed = false
  readonly #atExit = (): void => this.close()

  private constructor(
    private readonly block: string,
    private readonly prefix: string,
    private readonly link: string,
    private readonly hosts: readonly string[],
  ) {
    process.once('exit', this.#atExit)
  }

  /**
   * @param hosts by name, with the last number of their address @param own addresses of this process
   * @throws Error in the words of ip(8), when it cannot be made: it wants root
   */
  static open(hosts: Readonly<Record<string, number>>, own: number): Network {
    sweep()
    const name = `${process.pid}-${(opened += 1)}`
    const network = new Network(freeBlock(), `${nameStart}-${name}`, `dc${name}`, Object.keys(hosts))
    try {
      network.#make(Object.values(hosts), own)
      return network
    } catch (error) {
      network.close()
      throw error
    }
  }

  place(host: string): Place {
    return { namespace: this.#namespace(host), address: this.#address(host) }
  }

  /** This process's own addresses, in order. */
  own(index: number): string {
    return `${this.block}.${firstOwn + index}`
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    process.removeListener('exit', this.#atExit)
    // First, for a namespace that is deleted takes its interfaces down a moment later.
    quietly('link', 'delete', this.link)
    for (const host of [switchName, ...this.hosts]) quietly('netns', 'delete', this.#namespace(host))
  }

  readonly #addresses = new Map<string, string>()

  #address(host: string): string {
    const address = this.#addresses.get(host)
    if (address === undefined) throw new Error(`no host ${host}`)
    return address
  }

  readonly #namespace = (host: string): string => `${this.prefix}-${host}`

  #make(numbers: readonly number[], own: number): void {
    const { link } = this
    const middle = this.#namespace(switchName)
    ip('netns', 'add', middle)
    ip('-n', middle, 'link', 'add', 'bridge', 'up', 'type', 'bridge')
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'home', 'netns', middle)
    ip('-n', middle, 'link', 'set', 'home', 'master', 'bridge', 'up')
    ip('link', 'set', link, 'up')
    for (let index = 0; index < own; index++) ip('address', 'add', `${this.own(index)}/24`, 'dev', link)
    for (const [index, host] of this.hosts.entries()) {
      const namespace = this.#namespace(host)
      const address = `${this.block}.${numbers[index]}`
      ip('netns', 'add', namespace)
      ip('-n', namespace, 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', `port${index}`, 'netns', middle)
      ip('-n', middle, 'link', 'set', `port${index}`, 'master', 'bridge', 'up')
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'lan')
      for (const each of ['lo', 'lan']) ip('-n', namespace, 'link', 'set', each, 'up')
      this.#addresses.set(host, address)
    }
  }
}

const switchName = 'switch'

/** @throws Error in its own words */
function ip(...words: readonly string[]): string {
  try {
    return execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stderr = '', code } = error as { stderr?: string; code?: string }
    throw new Error(code === 'ENOENT' ? 'ip is missing: install iproute2' : `ip ${words.join(' ')}: ${stderr.trim()}`)
  }
}

function quietly(...words: readonly string[]): void {
  try {
    ip(...words)
  } catch {
    // Not there, or another run was quicker.
  }
}

/** Two runs that start at one moment have numbers of their own, and so begin to look at different blocks. */
function freeBlock(): string {
  const taken = (JSON.parse(ip('-j', '-4', 'route', 'show', 'table', 'all')) as { dst: string }[]).flatMap(({ dst }) => (dst === 'default' ? [] : [dst]))
  for (let turn = 0; turn < blocks; turn++) {
    const block = blockOf((process.pid + turn) % blocks)
    if (!taken.some((route) => overlaps(route, block))) return block
  }
  throw new Error('no block of 10.67.0.0/16 is free')
}

/** Whether a route, `10.0.0.0/8` or one address, shares addresses with a block of three numbers. */
export function overlaps(route: string, block: string): boolean {
  const [address = '', length = '32'] = route.split('/')
  const bits = Math.min(Number(length), 24)
  const mask = bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0
  return ((numberOf(address) ^ numberOf(`${block}.0`)) & mask) === 0
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0)

function sweep(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ')
    const owner = new RegExp(`^${nameStart}-(\\d+)-`).exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner))) quietly('netns', 'delete', name)
  }
}
