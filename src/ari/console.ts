/**
 * Asterisk's console, by its local socket: what `asterisk -rx` does, without the program. ARI tells nothing of task processors, and
 * the manager interface would cost every call its events.
 */
import { connect } from 'node:net'

/** Longer answers are cut: nothing that is asked here is that long. */
const answerBytesMax = 1_000_000

export interface ConsoleAnswer {
  /** Of Asterisk, where it runs. */
  readonly pid: number
  readonly text: string
}

/** @param socket `asterisk.ctl` @throws Error when it is not there, or says nothing within `deadlineMs` */
export function askConsole(socket: string, command: string, deadlineMs: number): Promise<ConsoleAnswer> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    let text = ''
    connection.setEncoding('utf8')
    connection.setTimeout(deadlineMs, () => connection.destroy(new Error('the console is silent')))
    connection.once('connect', () => connection.write(`cli quit after ${command}\0`))
    connection.on('data', (chunk: string) => {
      text += chunk
      if (text.length > answerBytesMax) connection.destroy(new Error('too long an answer'))
    })
    connection.once('error', reject)
    connection.once('close', () => {
      // It begins with who it is: host/pid/version.
      const [, pid, answer] = /^[^/\n]*\/(\d+)\/[^\n]*\n([^]*)$/.exec(text) ?? []
      if (answer === undefined) reject(new Error('no console answers there'))
      else resolve({ pid: Number(pid), text: answer.replaceAll('\0', '') })
    })
  })
}
