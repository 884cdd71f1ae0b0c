import { higher } from '../../identity/assurance.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { Prompts } from '../prompts.ts'
import { openTelephoneService } from '../telephone-service.ts'
import { type Needs as JudgeNeeds, openJudge } from './certificate.ts'
import { HANG, openClient } from './client.ts'
import type { AnsweredJson, Needs as MethodNeeds } from './method.ts'
import type { SmartIdSettings } from './settings.ts'

// Smart-ID's parts, put together: the issuers of the folder, their revocation services, the provider's service and the
// watch over its sessions. Called by compose, once.

export interface Needs {
  readonly settings: SmartIdSettings
  readonly production: boolean
  /** PRATU_FETCH_ALLOW */
  readonly allow: readonly string[]
  readonly schemes: readonly string[]
  readonly prompts: Prompts
  readonly blocks: JudgeNeeds['blocks']
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove'>
  /** Whether other nodes work beside this one. */
  readonly several: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export interface SmartId {
  readonly issuers: readonly Issuer[]
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  /** As the revocation's: those who wait for somebody else's service. */
  waiting(): number
  close(): Promise<void>
}

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openSmartIdParts(needs: Needs): SmartId {
  const { settings, production, allow, schemes, prompts, blocks, artifacts, several, ...machine } = needs
  const { clock, random, log } = machine
  const outside = openTelephoneService<AnsweredJson>({
    name: 'smart-id',
    settings,
    allow,
    hang: HANG,
    artifacts,
    several,
    ...machine,
  })
  const { issuers, revocation, breaker, watching, ways, close } = outside
  return {
    issuers,
    method: {
      settings,
      client: openClient({ address: settings.address, ...ways }),
      judge: openJudge({ issuers, production, revocation, blocks, clock }),
      watching,
      prompts,
      breaker,
      provable: () => revocation.available(),
      assurance: issuers.map((issuer) => issuer.assurance).reduce(higher),
      schemes: schemes.filter((scheme) => issuers.some((issuer) => issuer.schemes.some((one) => one === scheme))),
      clock,
      random,
      log,
    },
    waiting: () => revocation.waiting(),
    close,
  }
}
