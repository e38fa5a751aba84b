/** Part of a file, both ends included. */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * What a Range header asks of so many bytes (RFC 9110, 14.2): null for all of them, which is also the answer to what is no single range of
 * bytes; `unsatisfiable` for a part that is not there.
 */
export const rangeOf = (header: string | undefined, bytes: number): Range | 'unsatisfiable' | null => {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  const [start, end] = first === '' ? [Math.max(0, bytes - Number(last)), bytes - 1] : [Number(first), last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)]
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null
  return start <= end ? { start, end } : 'unsatisfiable'
}
