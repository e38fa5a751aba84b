/**
 * One writer a directory, by flock(2) on the directory itself: the kernel lets go of it with the process, however that dies, and it holds
 * between containers that share the volume, which a socket's name does not.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** Node has no flock. util-linux locks the open file that it inherits, which stays ours. */
const flock = (fd: number, how: '--exclusive' | '--shared'): boolean => {
  const { status, error } = spawnSync('flock', [how, '--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  if (error) throw new Error(`flock of util-linux cannot be run: ${error.message}`)
  return status === 0
}

/** @returns the open directory, locked until this process ends or closes it; null when another one has it */
export const lockDirectory = (dir: string): number | null => {
  const fd = openSync(dir, 'r')
  if (flock(fd, '--exclusive')) return fd
  closeSync(fd)
  return null
}

/** Whether somebody writes there now. */
export const isLocked = (dir: string): boolean => {
  const fd = openSync(dir, 'r')
  try {
    return !flock(fd, '--shared')
  } finally {
    closeSync(fd)
  }
}
