/**
 * A disk that hangs keeps whoever asks it, and each of them one of the few threads in which Node does files and names of the network. So it
 * is asked one thing at a time, and nobody waits for it longer than a deadline.
 */
export class DiskHangs extends Error {
  override readonly name = 'DiskHangs'
}

export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  constructor(private readonly deadlineMs: number) {}

  /**
   * Does it once everything before it is over, unless nobody waits for it any more. Nothing is begun beside it, however long it takes.
   * @param work is told when nobody waits for what it does any more
   * @throws DiskHangs when the deadline is over
   */
  do<T>(work: (late: AbortSignal) => Promise<T>): Promise<T> {
    const late = AbortSignal.timeout(this.deadlineMs)
    return new Promise((resolve, reject) => {
      late.addEventListener('abort', () => reject(new DiskHangs('the disk does not answer')), { once: true })
      this.later(async () => {
        if (late.aborted) return
        await work(late).then(resolve, reject)
      })
    })
  }

  /** Does it in its turn as well, and nobody waits for it. */
  later(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch(() => {})
  }
}
