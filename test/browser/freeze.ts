/** A machine's network goes and comes back: Chromium's network process, which has all its sockets, stands still meanwhile. */
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** @returns what brings it back */
export async function freezeNetwork(browser: Browser): Promise<() => void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const network = processInfo.find(({ id }) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--utility-sub-type=network.mojom.NetworkService'))
  if (network === undefined) throw new Error('this browser has no network process')
  process.kill(network.id, 'SIGSTOP')
  return () => void process.kill(network.id, 'SIGCONT')
}
