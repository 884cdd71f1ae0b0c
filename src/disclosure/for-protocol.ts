import type { Clients } from '../clients/client.ts'
import { guardsOf } from '../clients/metadata.ts'
import type { Client } from '../clients/relying-party.ts'
import type { ClientId, PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Person, Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'
import { CLAIM_NAMES, isClaimName, SCOPES } from './claims.ts'
import type { Disclosure } from './disclosure.ts'

// Disclosure in the words of the protocol engine, which knows people and agencies by their keys and claims by name alone.

export interface ProtocolQuestion {
  readonly client: ClientId
  readonly person: PersonKey
  /** Their entry, where the asker has just read it. */
  readonly known?: Person
  readonly scopes: readonly string[]
  /** Asked for one by one, by the `claims` parameter. */
  readonly claims: readonly string[]
}

export interface ForProtocol {
  readonly scopes: Readonly<Record<string, readonly string[]>>
  readonly claims: readonly string[]
  /** Of a client or a person who isn't there, nothing. */
  decide(question: ProtocolQuestion): Promise<{
    readonly release: Readonly<Record<string, Json>>
    readonly ask: readonly string[]
    /** The version that this rests on, while one is in force. */
    readonly agreement?: number
  }>
  /** Keeps what the person answered, with its audit entry; an agreement that ended meanwhile leaves nothing to agree to. */
  answer(given: {
    readonly person: PersonKey
    readonly client: Client
    readonly request?: RequestId
    readonly claims: readonly string[]
    readonly answer: 'allow' | 'deny'
  }): Promise<void>
  /** Undefined when no agreement in force names the resource. */
  resource(client: Client, uri: string): { readonly format: 'opaque' | 'jwt'; readonly scope: string } | undefined
  guards(client: Client): readonly string[]
}

export interface Needs {
  readonly db: Db
  readonly clients: Pick<Clients, 'find'>
  readonly persons: Pick<Persons, 'get'>
  readonly disclosure: Pick<Disclosure, 'weigh' | 'agreementInForce' | 'consents'>
}

export function disclosureForProtocol({ db, clients, persons, disclosure }: Needs): ForProtocol {
  return {
    scopes: SCOPES,
    claims: CLAIM_NAMES,
    async decide({ client: id, person: key, known, scopes, claims }) {
      const client = clients.find(id)
      const person = client === undefined || client.disabled ? undefined : (known ?? (await persons.get(db, key)))
      if (client === undefined || person === undefined) return { release: {}, ask: [] }
      const requested = { scopes, claims: { userinfo: Object.fromEntries(claims.map((name) => [name, null])) } }
      const { release, ask, agreement } = await disclosure.weigh(db, { client, person, requested })
      return { release, ask: Object.keys(ask), ...(agreement && { agreement: agreement.version }) }
    },
    async answer({ person, client, request, claims, answer }) {
      const act = { person, client: client.id, ...(request === undefined ? {} : { request }) }
      const present = disclosure.agreementInForce(client)
      const named = claims.filter(isClaimName)
      if (answer === 'deny') await disclosure.consents.deny(db, act, named)
      else if (present) await disclosure.consents.give(db, act, present, named)
    },
    resource(client, uri) {
      const terms = disclosure.agreementInForce(client)?.resources.find(({ resource }) => resource === uri)
      return terms && { format: terms.token, scope: terms.scopes.join(' ') }
    },
    guards: ({ metadata }) => guardsOf(metadata),
  }
}
