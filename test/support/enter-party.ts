import { boundsOf, importClients } from '../../src/disclosure/import.ts'
import type { Json } from '../../src/identity/json.ts'
import type { Parts } from '../../src/parts.ts'
import type { TestService } from './service.ts'

const words = (text: string) => ({ th: text, en: text, et: text })

/** One relying party more in a running service, by the operator's own import; nothing may be wrong with it. `terms`: of its agreement. */
export async function enterParty(
  at: TestService,
  id: string,
  more: Record<string, Json>,
  terms: Record<string, Json> = {},
): Promise<void> {
  await enterParties({ ...at.service.parts, db: at.database.db }, [id], () => more, terms)
}

/** Several, each an agency of its own. */
export async function enterParties(
  { db, clients, audit, clock }: Pick<Parts, 'db' | 'clients' | 'audit' | 'clock'>,
  ids: readonly string[],
  more: (id: string) => Record<string, Json>,
  terms: Record<string, Json> = {},
): Promise<void> {
  const document: Json = {
    agencies: ids.map((id) => ({
      id: `${id}-agency`,
      name: words(`Agency of ${id}`),
      officer: `officer@${id}.example`,
      sector: `${id}.example`,
      relying_parties: [
        {
          client_id: id,
          'client_name#th': id,
          'client_name#en': id,
          'client_name#et': id,
          redirect_uris: [`https://${id}.example/callback`],
          post_logout_redirect_uris: [`https://${id}.example/bye`],
          token_endpoint_auth_method: 'private_key_jwt',
          agreement: {
            purpose: words(`Purpose of ${id}`),
            officer: `officer@${id}.example`,
            valid_from: '2020-01-01',
            valid_to: '2090-01-01',
            claims: [{ names: ['name'], ground: 'law', reference: words('Section 1') }],
            ...terms,
          },
          ...more(id),
        },
      ],
    })),
  }
  const actor = { kind: 'operator', name: 'test' } as const
  const imported = await importClients(db, document, { clients, audit, clock, actor, bounds: boundsOf('demo') })
  if (!imported.ok) throw new Error(JSON.stringify(imported.mistakes))
  await clients.refresh()
}
