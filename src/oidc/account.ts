import type { Account, Client as LibraryClient } from 'oidc-provider'
import { personKey } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import type { Registered } from './client-metadata.ts'
import type { Needs } from './needs.ts'
import { type Bound, outlived } from './session-model.ts'
import { type Ctx, visitOf } from './visit.ts'

// Persons as the library sees them: whether they may still sign in, asked anew in every request, and what of them may be
// told, which disclosure alone decides.

export interface Accounts {
  /** Who is let in; one look at the register per request. */
  admitted(ctx: Ctx, person: string): Promise<Person | undefined>
  /** Undefined too when the session that `token` came from was signed out. */
  find(ctx: Ctx, person: string, token?: Bound): Promise<Account | undefined>
}

type Parts = Pick<Needs, 'artifacts' | 'people' | 'disclosure'> & { readonly registered: Registered }

export function openAccounts({ artifacts, people, disclosure, registered }: Parts): Accounts {
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
          const { release } = await disclosure.decide(question)
          const names = Object.keys(release)
          const { entries, request } = visitOf(ctx)
          if (names.length > 0)
            entries.push({
              type: 'data.released',
              actor: { kind: 'relying-party', client: client.id },
              person: personKey(person),
              client: client.id,
              ...(request ? { request } : {}),
              detail: { claims: names, in: use },
            })
          return { sub: person, ...release }
        },
      }
    },
  }
}

export const words = (text: unknown): string[] => (typeof text === 'string' ? text.split(' ').filter(Boolean) : [])
