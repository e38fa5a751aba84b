/**
 * Fills a `.conf` template. `{{a.b}}` is replaced by a value; lines `{{#each list}} … {{/each}}` repeat for each item,
 * lines `{{#if value}} … {{/if}}` stay when the value is neither false nor empty. Names are looked up in the item first, then outside it.
 */
export type Value = string | number | boolean | Scope | readonly Scope[]
export interface Scope {
  readonly [name: string]: Value
}

type Block = { open: 'each' | 'if'; name: string; lines: string[] }

const opening = /^\{\{#(each|if) ([\w.]+)\}\}$/
const closing = /^\{\{\/(each|if)\}\}$/
// Nothing a value holds may end its line, start a comment or open a substitution of Asterisk's own.
const safe = /^[\w.:/@+*#[\] -]*$/

/** @throws Error naming the placeholder when it is unknown, of the wrong kind, or when its value could break the file. */
export function fill(template: string, scope: Scope): string {
  return fillLines(template.split('\n'), [scope]).join('\n')
}

function fillLines(lines: readonly string[], scopes: readonly Scope[]): string[] {
  const out: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const open = opening.exec(line)
    if (open === null) {
      out.push(fillLine(line, scopes))
      continue
    }
    const block = takeBlock(lines, at, open[1] as Block['open'], open[2] ?? '')
    at += block.lines.length + 1
    const value = lookUp(block.name, scopes)
    if (block.open === 'if') {
      if (value !== false && value !== '' && !(Array.isArray(value) && value.length === 0)) out.push(...fillLines(block.lines, scopes))
    } else {
      if (!Array.isArray(value)) throw new Error(`{{#each ${block.name}}}: not a list`)
      for (const item of value as readonly Scope[]) out.push(...fillLines(block.lines, [item, ...scopes]))
    }
  }
  return out
}

function takeBlock(lines: readonly string[], at: number, open: Block['open'], name: string): Block {
  const inside: string[] = []
  let depth = 1
  for (const line of lines.slice(at + 1)) {
    if (opening.test(line)) depth++
    if (closing.test(line) && --depth === 0) return { open, name, lines: inside }
    inside.push(line)
  }
  throw new Error(`{{#${open} ${name}}} is never closed`)
}

function fillLine(line: string, scopes: readonly Scope[]): string {
  return line.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => {
    const value = lookUp(name, scopes)
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`{{${name}}}: not a text`)
    const text = String(value)
    if (!safe.test(text)) throw new Error(`{{${name}}}: ${JSON.stringify(text)} cannot stand in an Asterisk file`)
    return text
  })
}

function lookUp(path: string, scopes: readonly Scope[]): Value {
  const [first = '', ...rest] = path.split('.')
  const scope = scopes.find((candidate) => Object.hasOwn(candidate, first))
  let value: Value | undefined = scope?.[first]
  for (const step of rest) {
    value = typeof value === 'object' && !Array.isArray(value) ? (value as Scope)[step] : undefined
  }
  if (value === undefined) throw new Error(`{{${path}}}: unknown name`)
  return value
}
