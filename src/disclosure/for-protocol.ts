import type { Client, Clients } from '../clients/client.ts'
import { guardsOf } from '../clients/metadata.ts'
import type { ClientId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'
import { CLAIM_NAMES, SCOPES } from './claims.ts'
import type { Disclosure } from './disclosure.ts'

// Disclosure in the words of the protocol engine, which knows people and agencies by their keys and claims by name alone.

export interface ProtocolQuestion {
  readonly client: ClientId
  readonly person: PersonKey
  readonly scopes: readonly string[]
  /** Asked for one by one, by the `claims` parameter. */
  readonly claims: readonly string[]
}

export interface ForProtocol {
  readonly scopes: Readonly<Record<string, readonly string[]>>
  readonly claims: readonly string[]
  /** Of a client or a person who isn't there, nothing. */
  decide(
    question: ProtocolQuestion,
  ): Promise<{ readonly release: Readonly<Record<string, Json>>; readonly ask: readonly string[] }>
  /** Undefined when no agreement in force names the resource. */
  resource(client: Client, uri: string): { readonly format: 'opaque' | 'jwt'; readonly scope: string } | undefined
  guards(client: Client): readonly string[]
}

export interface Needs {
  readonly db: Db
  readonly clients: Pick<Clients, 'find'>
  readonly persons: Pick<Persons, 'get'>
  readonly disclosure: Pick<Disclosure, 'weigh' | 'agreementInForce'>
}

export function disclosureForProtocol({ db, clients, persons, disclosure }: Needs): ForProtocol {
  return {
    scopes: SCOPES,
    claims: CLAIM_NAMES,
    async decide({ client: id, person: key, scopes, claims }) {
      const client = clients.find(id)
      const person = client === undefined || client.disabled ? undefined : await persons.get(db, key)
      if (client === undefined || person === undefined) return { release: {}, ask: [] }
      const requested = { scopes, claims: { userinfo: Object.fromEntries(claims.map((name) => [name, null])) } }
      const { release, ask } = await disclosure.weigh(db, { client, person, requested })
      return { release, ask: Object.keys(ask) }
    },
    resource(client, uri) {
      const terms = disclosure.agreementInForce(client)?.resources.find(({ resource }) => resource === uri)
      return terms && { format: terms.token, scope: terms.scopes.join(' ') }
    },
    guards: ({ metadata }) => guardsOf(metadata),
  }
}
