/** Pictures of the pages at work, for docs/screenshots: what stands on them is fictional, and times vary. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { projectRoot } from '../../lab/paths.js'

const wanted = process.env['SCREENSHOTS'] === '1'

/** Taken when SCREENSHOTS=1: a test run changes no file of the project by itself. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!wanted) return
  const directory = join(projectRoot(), 'docs', 'screenshots')
  mkdirSync(directory, { recursive: true })
  await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' })
}
