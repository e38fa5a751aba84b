/** The files of an archive, and the bytes in them, as whoever reads or checks them goes through them. */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dayOfFile } from './format.js'
import { Told } from '../told.js'

export interface DayFile {
  readonly day: string
  readonly path: string
}

/** There is no archive where one was looked for. */
export class NoArchive extends Told {
  override readonly name = 'NoArchive'
}

/** Oldest first. @throws {NoArchive} when there is no such directory, or it cannot be read */
export const dayFiles = async (dir: string): Promise<DayFile[]> => {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new NoArchive(`${dir} cannot be read: ${error.code ?? error.message}`)
  })
  return names
    .flatMap((name) => {
      const day = dayOfFile(name)
      return day === null ? [] : [{ day, path: join(dir, name) }]
    })
    .sort((one, other) => (one.day < other.day ? -1 : 1))
}

export const END_OF_LINE = 0x0a
const PIECE_BYTES = 1024 * 1024

/**
 * A file in pieces of whole lines, their ends included; what follows the last end of line, if anything, is a piece of its own. Nothing of a file
 * that is gone. A piece is good until the next is asked for.
 */
export async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    // Its retention was over in this moment.
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return
  try {
    let buffer = Buffer.allocUnsafe(PIECE_BYTES)
    let kept = 0
    for (;;) {
      if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
      const { bytesRead } = await file.read(buffer, kept, buffer.length - kept)
      if (bytesRead === 0) break
      const filled = kept + bytesRead
      const end = buffer.lastIndexOf(END_OF_LINE, filled - 1) + 1
      if (end > 0) yield buffer.subarray(0, end)
      buffer.copyWithin(0, end, filled)
      kept = filled - end
    }
    if (kept > 0) yield buffer.subarray(0, kept)
  } finally {
    await file.close()
  }
}
