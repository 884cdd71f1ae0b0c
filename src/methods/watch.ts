import type { Json } from '../identity/json.ts'
import { type Clock, pause } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import { openWord, type WordTimes } from './watch-word.ts'

// Waiting for what happens at somebody else's service: one long poll for each session there, however many pages ask how it
// stands. Owns when to ask again and what was answered; what is asked, and what an answer means, is the method's.
// One node watches a session and tells the others through the sessions store (watch-word.ts): as long as it lives nobody
// else asks, for two who ask at once send each other away (Mobile-ID releases the older of two polls). When it dies, the
// node whose page is asked next takes over. What was answered is kept for two minutes, and not beyond the interaction.

/** All in milliseconds. */
export interface Times extends WordTimes {
  /** For which an answer is kept for whoever comes to look. */
  readonly kept: number
  /** From one poll of a session to the next: a service that says "running" at once, or nothing that makes sense, is not asked in a circle. */
  readonly least: number
  readonly longest: number
}
const TIMES: Times = { lease: 15_000, renewed: 5_000, kept: 120_000, least: 1_000, longest: 5_000 }
/** Sessions of one node; of more, the oldest that were answered go first. */
const MOST = 20_000

/** A reason given is one that is not made: an error with its stack for each of thousands. */
const OVER = 'nobody waits any more'

/** What was answered: anything but null. */
type Known = Exclude<Json, null>

export interface Watching<Answer extends Known> {
  /**
   * Asks by `poll` until it gives an answer, or until the time `until` (epoch milliseconds, the end of the provider's session).
   * Nothing is done where this node asks already. What `poll` throws is tried again; what is final it returns.
   */
  watch(session: string, poll: Poll<Answer>, until: number): void
  /**
   * At once, and of the sessions store only where another node watches: one question, rarely two. `unknown`: no node is at it (it died, or the time is
   * over): call `watch`, then it runs. @throws ArtifactsUnavailable
   */
  look(session: string): Promise<Answer | 'running' | 'unknown'>
  /** The answer was taken, or nobody waits for one: nothing of it is kept on this node. */
  forget(session: string): void
  /** How many are waited for on this node. */
  size(): number
  /** Gives up; other nodes take over within seconds. */
  close(): Promise<void>
}

export interface Needs {
  readonly clock: Clock
  readonly random: Pick<Random, 'token'>
  /** Stands before the session in the store: the method's id. */
  readonly name: string
  /** Absent where there is one node only. */
  readonly shared?: Pick<Artifacts, 'put' | 'get' | 'remove'> | undefined
  readonly most?: number
  readonly times?: Times
}

interface Watched<Answer> {
  /** Fired when nothing is asked any more, for whatever reason. */
  readonly over: AbortController
  readonly until: number
  answer?: Answer
}

type Poll<Answer> = (signal: AbortSignal) => Promise<Answer | 'running'>

export function openWatching<Answer extends Known>({
  clock,
  random,
  name,
  shared,
  most = MOST,
  times = TIMES,
}: Needs): Watching<Answer> {
  const all = new Map<string, Watched<Answer>>()
  const closed = new AbortController()
  const word = shared && openWord({ store: shared, name, clock, random, times })

  /** When the provider's own time is over, and it says nothing. */
  async function cut({ over, until }: Watched<Answer>): Promise<void> {
    await pause(until - clock.now(), over.signal)
    over.abort(OVER)
  }

  async function ask({ over: { signal }, until }: Watched<Answer>, poll: Poll<Answer>): Promise<Answer | undefined> {
    let failures = 0
    while (!signal.aborted && clock.now() < until) {
      // Runs beside the poll: one that hangs for as long is followed by the next at once.
      const soonest = pause(times.least, signal)
      try {
        const answer = await poll(signal)
        if (answer !== 'running') return answer
        failures = 0
      } catch {
        // The method has told the log what it was; the next try comes later.
        failures++
        await pause(Math.min(times.longest, times.least * 2 ** failures), signal)
      }
      await soonest
    }
    return undefined
  }

  async function follow(session: string, watched: Watched<Answer>, poll: Poll<Answer>): Promise<void> {
    const { over, until } = watched
    const begun = word?.begin(session, until)
    void cut(watched)
    const answer = await ask(watched, poll)
    if (answer !== undefined) watched.answer = answer
    over.abort(OVER)
    await begun
    if (answer !== undefined && all.get(session) === watched) {
      await word?.answered(session, answer, times.kept)
      await pause(times.kept, closed.signal)
    }
    drop(session, watched)
  }

  function drop(session: string, watched: Watched<Answer>): void {
    if (all.get(session) === watched) all.delete(session)
  }

  function makeRoom(): boolean {
    if (all.size < most) return true
    for (const [session, watched] of all)
      if (watched.answer !== undefined) {
        all.delete(session)
        return true
      }
    return false
  }

  return {
    watch(session, poll, until) {
      if (all.has(session) || clock.now() >= until || !makeRoom()) return
      const watched: Watched<Answer> = { over: new AbortController(), until }
      all.set(session, watched)
      void follow(session, watched, poll)
    },
    async look(session) {
      const here = all.get(session)
      if (here) return here.answer ?? 'running'
      const told = (await word?.read(session)) ?? 'unknown'
      return typeof told === 'string' ? told : (told.answer as Answer)
    },
    forget(session) {
      all.get(session)?.over.abort(OVER)
      all.delete(session)
    },
    size: () => all.size,
    async close() {
      const open = [...all]
      all.clear()
      closed.abort(OVER)
      for (const [, { over }] of open) over.abort(OVER)
      await word?.close()
    },
  }
}
