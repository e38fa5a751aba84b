/** The base zéro as a file. */
import { readFile } from 'node:fs/promises'
import { BaseZeroError, readBaseZero, type BaseZero } from './base-zero.js'

const FILE_BYTES_MAX = 64 * 1024

/** As spreadsheets write it: UTF-8, or else Windows-1252. @throws {BaseZeroError} */
export const readBaseZeroFile = async (path: string): Promise<BaseZero> => {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new BaseZeroError([`cannot be read: ${error.code ?? error.message}`])
  })
  if (bytes.length > FILE_BYTES_MAX) throw new BaseZeroError([`is larger than ${FILE_BYTES_MAX} bytes`])
  try {
    return readBaseZero(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    if (error instanceof BaseZeroError) throw error
    return readBaseZero(new TextDecoder('windows-1252').decode(bytes))
  }
}
