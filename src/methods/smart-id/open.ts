import { higher } from '../../identity/assurance.ts'
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
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  /** As the revocation's: those who wait for somebody else's service. */
  waiting(): number
  close(): Promise<void>
}

/** To open a session, in milliseconds. */
const OPEN = 10_000
/** Longer than the service lets a poll hang, which says so itself when it has nothing to say. */
const PATIENCE = HANG + 5_000
const CONNECT = 3_000
/** Hanging at once; each is one person who looks for their telephone. */
const POLLS = 10_000
const OPENINGS = 64

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openSmartIdParts(needs: Needs): SmartId {
  const { settings, production, allow, schemes, prompts, blocks, artifacts, several, ...machine } = needs
  const { clock, random, log, metrics } = machine
  const issuers = readIssuers(settings.issuers)
  const outgoing = openOutgoing({ issuers, allow })
  const revocation = openRevocation({ issuers, outgoing, of: 'smart_id', ...machine })
  // The operator wrote its address into a setting: it may lie in a private network.
  const own = { allow: [...allow, new URL(settings.address).hostname], serverKeys: settings.serverKeys }
  const openings = openFetch({ ...own, timeout: OPEN, connectTimeout: CONNECT, connections: OPENINGS })
  const polls = openFetch({ ...own, hanging: true, timeout: PATIENCE, connectTimeout: CONNECT, connections: POLLS })
  const breaker = openBreaker({ clock, heard: (state) => log.warn(`smart-id-breaker-${state}`) })
  const watching = openWatching<AnsweredJson>({
    clock,
    random,
    name: 'smart-id',
    shared: several ? artifacts : undefined,
  })
  metrics.gauge('smart_id_waiting', 'People whose telephone is waited for on this node', () => watching.size())
  return {
    method: {
      settings,
      client: openClient({ address: settings.address, fetch: openings.fetch, hanging: polls.fetch }),
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
    async close() {
      await watching.close()
      await revocation.close()
      await Promise.all([outgoing.close(), openings.close(), polls.close()])
    },
  }
}
