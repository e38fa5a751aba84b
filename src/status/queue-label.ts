/** How a queue is called: by its filière, and by its own name too where that has several stages. */
export const queueLabel = (
  id: string,
  queues: Iterable<{ readonly id: string; readonly position: string }>,
  positions: readonly { readonly id: string; readonly label: string }[],
): string => {
  const all = [...queues]
  const labelOf = (position: string): string => positions.find((one) => one.id === position)?.label ?? position
  const queue = all.find((one) => one.id === id)
  if (queue === undefined) return labelOf(id)
  const label = labelOf(queue.position)
  return all.filter(({ position }) => position === queue.position).length < 2 ? label : `${label} · ${stageName(queue.position, id)}`
}

/** `mg-osnp` of `mg` is OSNP. */
const stageName = (position: string, id: string): string => (id.startsWith(`${position}-`) ? id.slice(position.length + 1) : id).toUpperCase()
