/** The certificates of the HTTP server and of the link between SAS, read again while the engine runs. */
import { EnvironmentError } from '../config/environment.js'
import type { Renewable } from '../config/live-certificate.js'
import type { Logger } from '../log.js'

/** @returns what is wrong with a new one: the one before stays */
export function renew(certificate: Renewable, by: string, log: Logger): string[] {
  try {
    if (certificate.readAgain()) log.info({ by, certificate: certificate.name, until: isoOf(certificate) }, 'certificate read again')
    return []
  } catch (error) {
    log.error({ by, certificate: certificate.name, error }, 'certificate refused: the one before stays')
    return error instanceof EnvironmentError ? [...error.faults] : [`${certificate.name}: the certificate cannot be used: see the log`]
  } finally {
    tellStanding(certificate, log)
  }
}

export function tellStanding(certificate: Renewable, log: Logger): void {
  const { name, standing } = certificate
  if (standing !== 'in-force') log.error({ certificate: name, until: isoOf(certificate) }, `the certificate ${standing === 'expired' ? 'has expired' : 'is not yet valid'}: others stay away`)
}

const isoOf = ({ until }: Renewable): string => new Date(until).toISOString()

/** Until when each is good, ms since the epoch, by name. */
export const endsOf = ({ name, until, trustUntil }: Renewable): (readonly [string, number])[] =>
  trustUntil === null ? [[name, until]] : [[name, until], [`${name}-ca`, trustUntil]]
