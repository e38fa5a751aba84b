/** The committed types are those of the Asterisk the tests run on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findRootfs, projectRoot } from '../../lab/paths.js'
import { generate } from '../../scripts/generate-ari-types.js'

const described = rootfs()

it.skipIf(described === null)('src/ari/generated.ts is what the generator writes', () => {
  const written = readFileSync(join(projectRoot(), 'src', 'ari', 'generated.ts'), 'utf8')
  expect(written).toBe(generate(join(described ?? '', 'usr', 'share', 'asterisk', 'rest-api')))
})

/** None where the tests run on an Asterisk that is somewhere else. */
function rootfs(): string | null {
  try {
    return findRootfs()
  } catch {
    return null
  }
}
