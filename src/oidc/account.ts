import type { Account, Client as LibraryClient } from 'oidc-provider'
import type { Entry } from '../audit/entry.ts'
import { personKey, type RequestId } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import { stillTrusted } from '../persons/still-trusted.ts'
import type { Registered } from './client-metadata.ts'
import type { Decision, Needs, Question } from './needs.ts'
import { type Bound, outlived } from './session-model.ts'
import { takes } from './terms.ts'
import { type Ctx, visitOf } from './visit.ts'

// Persons as the library sees them: whether they may still sign in, asked anew in every request, and what of them may be
// told, which disclosure alone decides.

export interface Accounts {
  /** Who is let in; one look at the register per request. */
  admitted(ctx: Ctx, person: string): Promise<Person | undefined>
  /**
   * Undefined too when the session that `token` came from was signed out, when that person's sign-ins of then count no more, or when
   * the agency takes nobody of their kind any more.
   */
  find(ctx: Ctx, person: string, token?: Bound): Promise<Account | undefined>
}

type Parts = Pick<Needs, 'artifacts' | 'people' | 'disclosure' | 'terms'> & { readonly registered: Registered }

export function openAccounts({ artifacts, people, disclosure, registered, terms }: Parts): Accounts {
  function admitted(ctx: Ctx, person: string): Promise<Person | undefined> {
    const { accounts } = visitOf(ctx)
    const known = accounts.get(person) ?? people.find(personKey(person))
    accounts.set(person, known)
    return known
  }

  return {
    admitted,
    async find(ctx, person, token) {
      const known = await admitted(ctx, person)
      if (!known) return undefined
      if (token && !takes({ terms }, registered(ctx.oidc.client!), known)) return undefined
      if (token && !stillTrusted(known, { at: token.iat, amr: token.amr })) return undefined
      if (token && (await outlived(artifacts, token))) return undefined
      return {
        accountId: person,
        async claims(use, scope, requested) {
          const { client: library, accessToken } = ctx.oidc
          const client = registered(library as LibraryClient)
          const question = {
            client: client.id,
            person: personKey(person),
            known,
            // The scopes' claims stand in the ID token only where there is no UserInfo to get them from (OIDC Core §5.4).
            scopes: use === 'id_token' && !accessToken?.aud ? [] : words(scope),
            claims: Object.keys(requested ?? {}),
          }
          const decision = await disclosure.decide(question)
          const { release } = decision
          const { entries, request } = visitOf(ctx)
          const entry = releaseEntry(question, decision, use, request)
          if (entry) entries.push(entry)
          return { sub: person, ...release }
        },
      }
    },
  }
}

/** What is about to be told, by name; nothing where nothing is. */
export function releaseEntry(
  { client, person }: Pick<Question, 'client' | 'person'>,
  { release, agreement }: Pick<Decision, 'release' | 'agreement'>,
  use: string,
  request: RequestId | undefined,
): Entry | undefined {
  const claims = Object.keys(release)
  if (claims.length === 0) return undefined
  return {
    type: 'data.released',
    actor: { kind: 'relying-party', client },
    person,
    client,
    ...(request ? { request } : {}),
    detail: { claims, in: use, agreement },
  }
}

export const words = (text: unknown): string[] => (typeof text === 'string' ? text.split(' ').filter(Boolean) : [])
