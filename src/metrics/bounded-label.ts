/** A label that strangers influence takes at most `max` values; the rest are counted as `other`. */
export const boundedLabel = (max: number): ((value: string) => string) => {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= max || value.length > 64) return 'other'
    known.add(value)
    return value
  }
}
