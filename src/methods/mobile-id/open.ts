import { openBreaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import { openFetch } from '../../platform/fetch.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import { readIssuers } from '../certificates/issuers.ts'
import { openOutgoing } from '../certificates/outgoing.ts'
import { openRevocation } from '../certificates/revocation.ts'
import type { Prompts } from '../prompts.ts'
import { openWatching } from '../watch.ts'
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
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  /** As the revocation's: those who wait for somebody else's service. */
  waiting(): number
  close(): Promise<void>
}

/** To begin a session, in milliseconds. */
const START = 10_000
/** Longer than the service lets a poll hang, which says so itself when it has nothing to say. */
const PATIENCE = HANG + 5_000
const CONNECT = 3_000
/** Hanging at once; each is one person who looks for their telephone. */
const POLLS = 10_000
const STARTS = 64

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openMobileIdParts(needs: Needs): MobileId {
  const { settings, production, allow, schemes, prompts, blocks, artifacts, several, ...machine } = needs
  const { clock, random, log, metrics } = machine
  const issuers = readIssuers(settings.issuers)
  const outgoing = openOutgoing({ issuers, allow })
  const revocation = openRevocation({ issuers, outgoing, of: 'mobile_id', ...machine })
  const own = { allow: [...allow, new URL(settings.address).hostname], serverKeys: settings.serverKeys }
  const starts = openFetch({ ...own, timeout: START, connectTimeout: CONNECT, connections: STARTS })
  const polls = openFetch({ ...own, hanging: true, timeout: PATIENCE, connectTimeout: CONNECT, connections: POLLS })
  const client = openClient({
    address: settings.address,
    relyingParty: settings.relyingParty,
    fetch: starts.fetch,
    hanging: polls.fetch,
  })
  const breaker = openBreaker({ clock, heard: (state) => log.warn(`mobile-id-breaker-${state}`) })
  const watching = openWatching<Told>({ clock, random, name: 'mobile-id', shared: several ? artifacts : undefined })
  metrics.gauge('mobile_id_waiting', 'People whose telephone is waited for on this node', () => watching.size())
  const calls = openCalls({ client, watching, artifacts, prompts, breaker, clock, log, lead: settings.lead })
  return {
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
    async close() {
      await watching.close()
      await revocation.close()
      await Promise.all([outgoing.close(), starts.close(), polls.close()])
    },
  }
}
