export const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

/** Prometheus counts in seconds. */
export const seconds = (ms: number): number => ms / 1_000
