import { boundsOf, importClients } from '../../src/disclosure/import.ts'
import { prove } from './own-door.ts'
import { type Citizen, callback, party, redeem, request, type TestService } from './service.ts'
import type { Visitor } from './visitor.ts'

// An agency that learns the name by a law with its section, and the date of birth by consent: for what citizens see of it.

export async function addPension({ service }: TestService): Promise<void> {
  const { db, clients, audit, clock } = service.parts
  const claims = [
    { names: ['name'], ground: 'law', reference: { th: 'มาตรา 9', en: 'Section 9', et: 'Paragrahv 9' } },
    { names: ['birthdate'], ground: 'consent' },
  ]
  const actor = { kind: 'operator', name: 'test' } as const
  const document = { agencies: [party('pension', {}, { claims })] }
  const done = await importClients(db, document, { clients, audit, clock, actor, bounds: boundsOf('demo') })
  if (!done.ok) throw new Error(JSON.stringify(done))
  await clients.refresh()
}

/** Signed in at an agency by a one-time code, with consent given where it is asked for: its tokens. */
export async function receive(
  at: TestService,
  visitor: Visitor,
  citizen: Citizen,
  agency: string,
  scope = 'openid profile birthdate',
) {
  const asked = request(at.issuer, agency, { scope })
  let page = await prove(at, visitor, citizen, await visitor.open(asked.url))
  if (page.html.includes('id="consent-allow"')) page = await visitor.submit(page, { consent: 'allow' })
  return redeem(at.issuer, agency, callback(page).code!, asked.verifier)
}
