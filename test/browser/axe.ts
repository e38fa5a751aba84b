/** A page as axe judges it (WCAG 2.2, levels A and AA): no violation at all. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const options: RunOptions = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } }

export async function isAccessible(page: Page): Promise<void> {
  // Through the debugger, not as a script of the page: its policy would refuse that.
  await page.evaluate(source)
  const { violations } = (await page.evaluate((run) => (window as unknown as { axe: { run(page: Document, options: RunOptions): Promise<AxeResults> } }).axe.run(document, run), options)) as AxeResults
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} (${any.map(({ message }) => message).join('; ')})`).join(' | ')}`)).toEqual([])
}
