export class Calendar {
  constructor(_calendar: unknown, _zone: { timeZone: string; holidays: string }) {}
  isOpen(_atMs: number): boolean { return true }
  nextEdge(_atMs: number): number | null { return null }
}
