import type Provider from 'oidc-provider'
import { type Assurance, isAssurance } from '../identity/assurance.ts'
import { personKey } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import { stillTrusted } from '../persons/still-trusted.ts'
import { COOKIES } from './cookies.ts'
import type { Needs } from './needs.ts'
import type { WebCtx } from './visit.ts'

// Who is signed in in this browser, for our own pages: read from the very session that agencies are served from, so that
// a page of ours ends with the sign-out and needs no cookie of its own (decision 0015).

export interface Present {
  /** Their entry, as this request has read it: whoever may not sign in is not present. */
  readonly person: Person
  /** What the last proof in this session was worth, and how it was given. */
  readonly acr: Assurance
  readonly amr: readonly string[]
  /** Epoch seconds of that proof. */
  readonly at: number
  /** Stable over the session's life, and no bearer secret: for what is kept of a page between two requests. */
  readonly session: string
}

type Parts = Pick<Needs, 'people'> & {
  /** The engine of the moment. */
  readonly provider: () => Provider
}

/** @returns undefined for a stranger, for a session that is over, and where the person may not sign in any more. */
export function openPresent({ people, provider }: Parts): (ctx: WebCtx) => Promise<Present | undefined> {
  return async (ctx) => {
    const id = ctx.cookies.get(COOKIES.session, { signed: true })
    const session = id === undefined ? undefined : await provider().Session.find(id)
    if (!session?.accountId || session.loginTs === undefined || !isAssurance(session.acr)) return undefined
    const { acr, amr = [], loginTs: at, uid } = session
    const person = await people.find(personKey(session.accountId))
    if (!person || !stillTrusted(person, { at, amr })) return undefined
    return { person, acr, amr, at, session: uid }
  }
}
