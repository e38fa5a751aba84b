/** A small tree from XML of strangers: no DTD, no entities of its own, limits on everything that grows. */
import { SaxesParser } from 'saxes'
import { Refused } from './reading.js'

export interface Element {
  /** Namespace. */
  readonly uri: string
  readonly name: string
  /** Those without a namespace. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  /** Directly inside, not in children. */
  text: string
}

/** A document is no larger. */
export const bytesMax = 64 * 1024
const depthMax = 32
const elementsMax = 2_000

/** @throws Refused */
export function parseXml(bytes: Uint8Array): Element {
  if (bytes.length > bytesMax) throw new Refused('too-large')
  const parser = new SaxesParser({ xmlns: true })
  const open: Element[] = []
  let root: Element | null = null
  let elements = 0
  parser.on('doctype', () => {
    throw new Refused('hostile')
  })
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) throw new Refused('unsupported')
  })
  parser.on('opentag', ({ uri, local, attributes }) => {
    if ((elements += 1) > elementsMax || open.length >= depthMax) throw new Refused('too-large')
    const own = Object.values(attributes).flatMap((one) => (one.uri === '' ? [[one.local, one.value] as const] : []))
    const element: Element = { uri, name: local, attributes: Object.fromEntries(own), children: [], text: '' }
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('closetag', () => void open.pop())
  const addText = (text: string): void => {
    const element = open.at(-1)
    if (element) element.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close()
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(isEntity(error) ? 'hostile' : 'malformed')
  }
  if (root === null) throw new Refused('malformed')
  return root
}

const isEntity = (error: unknown): boolean => error instanceof Error && /undefined entity/.test(error.message)
