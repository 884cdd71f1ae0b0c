import type { Json } from '../identity/json.ts'
import { openBreaker } from '../platform/breaker.ts'
import type { Clock } from '../platform/clock.ts'
import { openFetch } from '../platform/fetch.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Random } from '../platform/random.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import { readIssuers } from './certificates/issuers.ts'
import { openOutgoing } from './certificates/outgoing.ts'
import { openRevocation } from './certificates/revocation.ts'
import { openWatching } from './watch.ts'

// What every service that rings telephones needs: whose certificates are believed and whether they still are, a way to it
// for short questions and one for polls that hang, and who is waited for. What is said on these ways is each method's own.

export interface Needs {
  /** `mobile-id`: in the log, with underlines in the metrics. */
  readonly name: string
  readonly settings: {
    readonly address: string
    readonly issuers: string
    readonly serverKeys: readonly string[]
  }
  /** PRATU_FETCH_ALLOW */
  readonly allow: readonly string[]
  /** For how long the service lets a poll hang, in milliseconds. */
  readonly hang: number
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove'>
  /** Whether other nodes work beside this one. */
  readonly several: boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

/** To begin a session, in milliseconds. */
const START = 10_000
const CONNECT = 3_000
/** Hanging at once; each is one person who looks for their telephone. */
const POLLS = 10_000
const STARTS = 64
/** Longer than a poll hangs, for the service says so itself when it has nothing to say. */
const LONGER = 5_000

/** @throws IssuerMistakes naming everything that is wrong with the folder. */
export function openTelephoneService<Answer extends { readonly [key: string]: Json | undefined }>({
  name,
  settings,
  allow,
  hang,
  ...needs
}: Needs) {
  const { artifacts, several, clock, random, log, metrics } = needs
  const machine = { clock, random, log, metrics }
  const counted = name.replaceAll('-', '_')
  const issuers = readIssuers(settings.issuers)
  const outgoing = openOutgoing({ issuers, allow })
  const revocation = openRevocation({ issuers, outgoing, of: counted, ...machine })
  // The operator wrote its address into a setting: it may lie in a private network.
  const own = { allow: [...allow, new URL(settings.address).hostname], serverKeys: settings.serverKeys }
  const starts = openFetch({ ...own, timeout: START, connectTimeout: CONNECT, connections: STARTS })
  const polls = openFetch({ ...own, timeout: hang + LONGER, connectTimeout: CONNECT, connections: POLLS })
  const breaker = openBreaker({ clock, heard: (state) => log.warn(`${name}-breaker-${state}`) })
  const watching = openWatching<Answer>({ clock, random, name, shared: several ? artifacts : undefined })
  metrics.gauge(`${counted}_waiting`, 'People whose telephone is waited for on this node', () => watching.size())
  return {
    issuers,
    revocation,
    breaker,
    watching,
    ways: { asking: starts.ask, hanging: polls.ask },
    async close(): Promise<void> {
      await watching.close()
      await revocation.close()
      await Promise.all([outgoing.close(), starts.close(), polls.close()])
    },
  }
}
