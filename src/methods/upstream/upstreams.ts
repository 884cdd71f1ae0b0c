import { openBreaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import { openFetch } from '../../platform/fetch.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Method } from '../method.ts'
import { openUpstream } from './method.ts'
import { openService } from './service.ts'
import { readUpstreams } from './settings.ts'

// The outside services of the settings, put together: each with a way out and a breaker of its own, so that one that hangs
// holds up nobody but those who ask it. Called by compose, once.

export interface Needs {
  readonly config: {
    readonly upstreams?: string | undefined
    readonly profile: 'demo' | 'production'
    /** This service's own address: people come back to `<issuer>/return/<method>`. */
    readonly issuer: string
    readonly fetchAllow: readonly string[]
  }
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export interface Upstreams {
  readonly methods: readonly Method[]
  /** How many wait for an answer of theirs. */
  waiting(): number
  close(): Promise<void>
}

/** A token answer is asked for while the person waits. */
const PATIENCE = 6_000
const CONNECTIONS = 32

/** @throws UpstreamMistakes naming everything that is wrong with the file. */
export function openUpstreams({ config, artifacts, clock, random, log, metrics }: Needs): Upstreams {
  const { upstreams: file, profile, issuer, fetchAllow } = config
  const read = file === undefined ? [] : readUpstreams(file, profile === 'production')
  const answers = metrics.counter('upstream_answers_total', 'Answers of outside services by what came of them', [
    'method',
    'came',
  ])
  let waiting = 0
  const opened = read.map((upstream) => {
    const { id } = upstream
    const breaker = openBreaker({ clock, heard: (state) => log.warn(`upstream-${state}`, { reason: id }) })
    // What the operator wrote may lie in a private network; what the service's own documents name may not.
    const outgoing = openFetch({
      allow: [...fetchAllow, new URL(upstream.issuer).hostname],
      timeout: PATIENCE,
      connections: CONNECTIONS,
    })
    const fetch: typeof outgoing.fetch = async (...asked) => {
      waiting++
      try {
        return await outgoing.fetch(...asked)
      } finally {
        waiting--
      }
    }
    const service = openService({ upstream, fetch, breaker, clock })
    const method = openUpstream({
      upstream,
      service,
      artifacts,
      available: () => breaker.closed(),
      redirect: `${issuer}/return/${id}`,
      heard: (came) => answers.add({ method: id, came }),
      clock,
      random,
    })
    return { method, outgoing }
  })
  return {
    methods: opened.map(({ method }) => method),
    waiting: () => waiting,
    async close() {
      await Promise.all(opened.map(({ outgoing }) => outgoing.close()))
    },
  }
}
