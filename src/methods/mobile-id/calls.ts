import type { Json } from '../../identity/json.ts'
import type { Breaker } from '../../platform/breaker.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Prompts } from '../prompts.ts'
import type { Watching } from '../watch.ts'
import { type Client, type Failed, passing } from './client.ts'
import type { AuthenticationRequest, SessionStatus } from './wire.ts'

// A call to a telephone, from the page that shows the number until the provider's last word. Owns that it rings once,
// over all nodes, and not before the page has been asked for and `lead` has passed: whoever looks at the telephone first
// would have nothing to compare. A browser that never comes for the page rings nobody.

/** All that is needed to make it ring; kept with the attempt, through JSON. */
export interface Call {
  /** Random; ours, not the provider's. */
  readonly id: string
  readonly request: Omit<AuthenticationRequest, 'relyingPartyUUID' | 'relyingPartyName'>
  /** For `prompts.end`. */
  readonly prompt: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** As the watch passes it on. */
export type Told = Readonly<{ [name: string]: Json }>

/** The provider's last word, or what came in its place. */
export type Heard = { readonly status: SessionStatus } | Failed

export interface Calls {
  /** At once; makes it ring if nothing has yet. `over`: nobody has heard anything, and nobody will. */
  attend(call: Call): Promise<Heard | 'running' | 'over'>
  /** As `attend`, and touches nothing. */
  look(call: Call): Promise<Heard | 'running' | 'unknown'>
  /** What was heard has been used. */
  forget(call: Call): void
  /** Nobody waits any more: it does not ring, if it has not yet. */
  hangUp(call: Call): Promise<void>
}

export interface Needs {
  readonly client: Client
  readonly watching: Watching<Told>
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'once'>
  readonly prompts: Prompts
  readonly breaker: Pick<Breaker, 'enter'>
  readonly clock: Clock
  readonly log?: Log | undefined
  /** Milliseconds. */
  readonly lead: number
}

/** Seconds for which a call is remembered: longer than any session at the provider lives. */
const KEPT = 600
/** Polls that fail one after the other; a restart at the provider takes as long as two. */
const FAILURES = 3

export function openCalls({ client, watching, artifacts, prompts, breaker, clock, log, lead }: Needs): Calls {
  const marker = ({ id }: Call): string => `mobile-id call ${id}`

  /** Whoever gets true rings, or sees to it that nobody ever does. */
  const first = (call: Call): Promise<boolean> => artifacts.once(marker(call), KEPT)

  async function sessionOf(call: Call): Promise<string | undefined> {
    const found = await artifacts.get('watch', marker(call))
    return (found?.value as { readonly session: string } | undefined)?.session
  }

  async function ring(call: Call): Promise<string | Failed> {
    const done = breaker.enter()
    if (!done) return { failed: 'unreachable' }
    const begun = await client.start(call.request)
    done(typeof begun !== 'string' && passing(begun) ? 'failed' : 'answered')
    if (typeof begun === 'string') await artifacts.put('watch', marker(call), { session: begun }, KEPT)
    return begun
  }

  /** One question to the provider at a time, the first of which makes the telephone ring. */
  function polling(call: Call): (signal: AbortSignal) => Promise<Told | 'running'> {
    let session: string | undefined
    let failures = 0

    async function finish(heard: Heard): Promise<Told> {
      if ('failed' in heard) log?.warn('mobile-id-failed', { reason: heard.failed })
      await prompts.end(call.prompt, howItEnded(heard))
      return heard as unknown as Told
    }

    return async (signal) => {
      session ??= await sessionOf(call)
      if (session === undefined) {
        await pause(lead, signal)
        if (signal.aborted) throw new Error('hung up before it rang')
        if (!(await first(call))) throw new Error('another node is about to ring, or it was hung up')
        const begun = await ring(call)
        if (typeof begun !== 'string') return finish(begun)
        session = begun
      }
      const heard = await client.poll(session, signal)
      if (!('failed' in heard)) {
        failures = 0
        return heard.state === 'RUNNING' ? 'running' : finish({ status: heard })
      }
      failures++
      if (signal.aborted || (passing(heard) && failures < FAILURES)) throw new Error(heard.failed)
      return finish(heard)
    }
  }

  const look = async (call: Call): Promise<Heard | 'running' | 'unknown'> =>
    (await watching.look(call.id)) as unknown as Heard | 'running' | 'unknown'

  return {
    look,
    async attend(call) {
      const heard = await look(call)
      if (heard !== 'unknown') return heard
      if (clock.now() >= call.until) return 'over'
      watching.watch(call.id, polling(call), call.until)
      return 'running'
    },
    forget: (call) => watching.forget(call.id),
    async hangUp(call) {
      // Once it rings nobody can stop it: whoever watches it says when it is quiet again.
      if (!(await first(call))) return
      watching.forget(call.id)
      await prompts.end(call.prompt, 'gone')
    },
  }
}

function howItEnded(heard: Heard): 'answered' | 'refused' | 'gone' {
  if ('failed' in heard) return 'gone'
  const { result } = heard.status
  return result === 'OK' ? 'answered' : result === 'USER_CANCELLED' ? 'refused' : 'gone'
}
