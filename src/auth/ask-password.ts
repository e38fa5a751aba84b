/** A password from a terminal, without echo, or from standard input. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/**
 * Asked twice at a terminal; otherwise the first line of standard input.
 * @returns null when the two differ, or nothing came
 */
export const askPassword = async (): Promise<string | null> => {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: process.stdin.isTTY === true })
  try {
    if (!process.stdin.isTTY) {
      for await (const line of lines) return line
      return null
    }
    const ask = async (prompt: string): Promise<string> => {
      process.stderr.write(prompt)
      const typed = await lines.question('')
      process.stderr.write('\n')
      return typed
    }
    // Ctrl-C at a prompt ends the command, with nothing changed.
    lines.once('SIGINT', () => process.exit(130))
    const first = await ask('Password: ')
    return first === (await ask('Again: ')) ? first : null
  } finally {
    lines.close()
  }
}
