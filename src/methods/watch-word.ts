import type { Json } from '../identity/json.ts'
import { type Clock, pause } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Artifacts } from '../sessions/artifacts.ts'

// What the nodes tell each other about sessions that one of them watches (watch.ts): whose it is, and what was answered.
// A session is written down twice in its life; that its node lives, that one says for all of them at once every few
// seconds, because a word for each of five thousand who wait would be most of what they cost.

export interface WordTimes {
  /** Milliseconds for which a node counts as living after its last sign, and from one sign to the next. */
  readonly lease: number
  readonly renewed: number
}

export interface Word {
  /** This node watches the session until then (epoch milliseconds). Never throws: without it the others ask for themselves. */
  begin(session: string, until: number): Promise<void>
  /** It was answered; kept for so many milliseconds. Never throws. */
  answered(session: string, answer: Json, kept: number): Promise<void>
  /**
   * By another node: one question to the store, and another where its owner was not heard of for a while. `unknown`: nobody
   * living is at it. @throws ArtifactsUnavailable
   */
  read(session: string): Promise<{ readonly answer: Json } | 'running' | 'unknown'>
  /** The others know within `renewed` that this node watches no more. */
  close(): Promise<void>
}

export interface Needs {
  readonly store: Pick<Artifacts, 'put' | 'get' | 'remove'>
  /** Stands before the session: the method's id. */
  readonly name: string
  readonly clock: Clock
  readonly random: Pick<Random, 'token'>
  readonly times: WordTimes
}

/** Nodes that were heard of: more than there ever are at once. */
const NODES = 1_000

interface Told {
  readonly [key: string]: Json | undefined
  readonly node?: string
  readonly answer?: Json
}

export function openWord({ store, name, clock, random, times }: Needs): Word {
  const me = random.token(96)
  const closed = new AbortController()
  const sessionKey = (session: string): string => `${name} ${session}`
  const nodeKey = (node: string): string => `${name} node ${node}`
  /** When each was last heard of, by this node's clock. */
  const living = new Map<string, number>()
  let beating: Promise<void> | undefined

  const put = (key: string, told: Told, ms: number): Promise<void> =>
    store.put('watch', key, told, Math.max(1, Math.ceil(ms / 1000))).catch(() => undefined)

  const sign = (): Promise<void> => put(nodeKey(me), {}, times.lease)

  async function keepSigning(): Promise<void> {
    for (;;) {
      await pause(times.renewed, closed.signal)
      if (closed.signal.aborted) return
      await sign()
    }
  }

  /** From the first session on; nobody is to read of a node that has given no sign yet. */
  function beat(): Promise<void> {
    beating ??= sign().then(() => void keepSigning())
    return beating
  }

  async function lives(node: string): Promise<boolean> {
    const now = clock.now()
    const heard = living.get(node)
    if (heard !== undefined && now - heard < times.renewed) return true
    living.delete(node)
    if (!(await store.get('watch', nodeKey(node)))) return false
    if (living.size >= NODES) living.clear()
    living.set(node, now)
    return true
  }

  return {
    async begin(session, until) {
      await beat()
      await put(sessionKey(session), { node: me }, until - clock.now())
    },
    answered: (session, answer, kept) => put(sessionKey(session), { answer }, kept),
    async read(session) {
      const told = (await store.get('watch', sessionKey(session)))?.value as Told | undefined
      if (!told) return 'unknown'
      if (told.answer !== undefined) return { answer: told.answer }
      // Its own word, of a watch that it has given up.
      if (told.node === undefined || told.node === me) return 'unknown'
      return (await lives(told.node)) ? 'running' : 'unknown'
    },
    async close() {
      closed.abort()
      if (beating) await store.remove('watch', nodeKey(me)).catch(() => undefined)
    },
  }
}
