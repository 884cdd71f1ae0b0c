import type { Persons } from '../persons/person.ts'
import type { LiveSession, LiveSessions } from '../sessions/live.ts'
import type { EndSignIns, Which } from './not-me.ts'

// Which sessions go when somebody says that it was not them.

export interface Needs {
  readonly persons: Pick<Persons, 'endSignIns'>
  readonly live: Pick<LiveSessions, 'listOf' | 'endAll' | 'endAllOf'>
}

export function openEndSignIns({ persons, live }: Needs): EndSignIns {
  return async (tx, person, which, by) => {
    if (which === 'all') {
      // Also what no list knows: a sign-in that got to no agency, a token that outlives its session.
      await persons.endSignIns(tx, person)
      await live.endAllOf(tx, person, 'citizen', by)
      return
    }
    const refs = (await live.listOf(tx, person)).filter((one) => fits(one, which)).map(({ ref }) => ref)
    await live.endAll(tx, refs, 'citizen', by)
  }
}

/**
 * By its own name, where the line has it. A line of a sign-in has none, for the sign-in comes before its session: then those
 * that began from then on in a browser of that kind. Rather one too many: it costs its owner a sign-in.
 */
function fits({ ref, device, startedAt }: LiveSession, { session, signIn, device: seen, except }: Which): boolean {
  if (session !== undefined) return ref === session
  return ref !== except && signIn !== undefined && startedAt.getTime() >= signIn * 1000 && device === (seen ?? '')
}
