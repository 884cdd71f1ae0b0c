import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { Prompts } from '../prompts.ts'
import { openTelephoneService } from '../telephone-service.ts'
import { openCalls, type Told } from './calls.ts'
import type { Needs as CertificateNeeds } from './certificate.ts'
import { HANG, openClient } from './client.ts'
import type { Needs as MethodNeeds } from './method.ts'
import type { MobileIdSettings } from './settings.ts'

// Mobile-ID's parts, put together: the issuers of the folder, their revocation services, the provider's service and the
// calls to it. Called by compose, once.

export interface Needs {
  readonly settings: MobileIdSettings
  readonly production: boolean
  /** PRATU_FETCH_ALLOW */
  readonly allow: readonly string[]
  readonly schemes: readonly string[]
  readonly prompts: Prompts
  readonly blocks: CertificateNeeds['blocks']
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove' | 'once'>
  /** Whether other nodes work beside this one. */
  readonly several: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export interface MobileId {
  readonly issuers: readonly Issuer[]
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  /** As the revocation's: those who wait for somebody else's service. */
  waiting(): number
  close(): Promise<void>
}

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openMobileIdParts(needs: Needs): MobileId {
  const { settings, production, allow, schemes, prompts, blocks, artifacts, several, ...machine } = needs
  const { clock, random, log } = machine
  const outside = openTelephoneService<Told>({
    name: 'mobile-id',
    settings,
    allow,
    hang: HANG,
    artifacts,
    several,
    ...machine,
  })
  const { issuers, revocation, breaker, watching, ways, close } = outside
  const client = openClient({ address: settings.address, relyingParty: settings.relyingParty, ...ways })
  const calls = openCalls({ client, watching, artifacts, prompts, breaker, clock, log, lead: settings.lead })
  return {
    issuers,
    method: {
      calls,
      answers: { issuers, production, revocation, blocks, clock },
      prompts,
      available: () => breaker.closed() && revocation.available(),
      schemes,
      clock,
      random,
    },
    waiting: () => revocation.waiting(),
    close,
  }
}
