/** How a person's phones are called at the PBX: the desk phone by the phone's own name, the browser by that name with `-web`. */
const suffix = '-web'

/** The browser's endpoint of a phone. */
export const browserOf = (phone: string): string => `${phone}${suffix}`

/** The phone of an endpoint, desk or browser. */
export const phoneOf = (endpoint: string): string => (isBrowser(endpoint) ? endpoint.slice(0, -suffix.length) : endpoint)

/** A phone outside, reached by its number on a trunk. */
export const outsideOf = (number: string, trunk: string): string => `${number}@${trunk}`

export const isOutside = (phone: string): boolean => phone.includes('@')

export const isBrowser = (endpoint: string): boolean => endpoint.endsWith(suffix)
