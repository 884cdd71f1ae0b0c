import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import { readIssuers } from '../certificates/issuers.ts'
import { openOutgoing } from '../certificates/outgoing.ts'
import { openRevocation } from '../certificates/revocation.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { Needs as MethodNeeds } from './method.ts'
import type { CardTickets } from './tls.ts'
import { openValidation, type Needs as ValidationNeeds } from './validation.ts'

// The smart-card method's parts, put together: the issuers of the folder, their revocation services, the validation.
// Called by compose, once.

export interface Needs {
  /** PRATU_CARD_ISSUERS. */
  readonly folder: string
  readonly production: boolean
  /** What browsers show to the card's app as the origin of our pages. */
  readonly origin: string
  /** PRATU_FETCH_ALLOW */
  readonly allow: readonly string[]
  readonly blocks: ValidationNeeds['blocks']
  readonly keys: ValidationNeeds['keys']
  readonly tickets?: CardTickets | undefined
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export interface Cards {
  readonly issuers: readonly Issuer[]
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  /** As the revocation's. */
  waiting(): number
  close(): Promise<void>
}

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openCards(needs: Needs): Cards {
  const { folder, production, origin, allow, blocks, keys, tickets, artifacts, ...machine } = needs
  const { clock, random, log } = machine
  const issuers = readIssuers(folder)
  const tests = issuers.filter(({ test }) => test).map(({ id }) => id)
  if (production && tests.length > 0) log.warn('test-issuers-are-refused', { reason: tests.join(', ') })
  const outgoing = openOutgoing({ issuers, allow })
  const revocation = openRevocation({ issuers, outgoing, ...machine })
  const validation = openValidation({ issuers, production, revocation, blocks, keys, clock })
  return {
    issuers,
    method: { validation, tickets, artifacts, available: () => revocation.available(), origin, clock, random },
    waiting: () => revocation.waiting(),
    async close() {
      await revocation.close()
      await outgoing.close()
    },
  }
}
