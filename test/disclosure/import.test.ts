import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { secretMatches } from '../../src/clients/secret.ts'
import { importClientsText } from '../../src/disclosure/import.ts'
import type { Json } from '../../src/identity/json.ts'
import { rows } from '../../src/platform/db.ts'
import { agency, agreement, clientsFile, party, purpose, SECRET } from '../support/clients-file.ts'
import { OPERATOR, type TestRegister, testRegister } from '../support/relying-parties.ts'

let register: TestRegister
beforeAll(async () => {
  register = await testRegister()
})
afterAll(() => register.close())

const audited = () =>
  rows<{ type: string; client: string | null }>(register.db, 'select type, client from audit_event order by id')

async function everything(): Promise<string> {
  const tables = ['client_change', 'agency', 'relying_party', 'agreement', 'consent', 'audit_event']
  const found = await Promise.all(tables.map((table) => rows(register.db, `select * from ${table} order by 1, 2`)))
  return JSON.stringify(found)
}

const mistakes = async (document: Json) => {
  const imported = await register.bring(document)
  return imported.ok ? [] : imported.mistakes.map(({ path, problem }) => `${path} ${problem}`)
}

/** Each test its own ids, so that their order doesn't matter. */
const own = (id: string, changes: Record<string, Json> = {}, partyChanges: Record<string, Json> = {}) =>
  agency({
    id,
    sector: id,
    relying_parties: [party({ client_id: `${id}-web`, ...partyChanges })],
    ...changes,
  })

describe('a clients file', () => {
  test('brings in agency, relying party and agreement with their audit entries', async () => {
    const imported = await register.bring(clientsFile(own('first')))
    expect(imported).toEqual({
      ok: true,
      agencies: [{ id: 'first', outcome: 'new' }],
      clients: [{ id: 'first-web', agency: 'first', outcome: 'new', agreement: 'new' }],
      awaited: [],
      notices: [],
    })
    await register.clients.refresh()
    const client = register.clients.find('first-web')!
    expect(client).toMatchObject({
      agency: { id: 'first', name: { en: 'Revenue Department' } },
      name: { th: 'ยื่นภาษีออนไลน์' },
      sector: 'first',
      disabled: false,
      agreement: 1,
    })
    expect(register.disclosure.agreement(client)).toMatchObject({
      version: 1,
      purposeSince: 1,
      purpose,
      validFrom: '2026-01-01T00:00:00.000Z',
      validTo: '2029-01-01T00:00:00.000Z',
      refresh: false,
    })
    const entries = await audited()
    expect(entries.filter(({ client }) => client === 'first-web')).toEqual([
      { type: 'client.imported', client: 'first-web' },
    ])
  })

  test('brought in again changes nothing at all', async () => {
    const document = clientsFile(own('twice'))
    await register.bring(document)
    const before = await everything()
    const again = await register.bring(document)
    expect(again).toMatchObject({
      agencies: [{ outcome: 'same' }],
      clients: [{ outcome: 'same', agreement: 'same' }],
    })
    expect(await everything()).toBe(before)
  })

  test('with mistakes has all of them named with their places, and nothing changes', async () => {
    const before = await everything()
    expect(
      await mistakes({
        agencies: [
          own('fine'),
          agency({ id: 'second', sector: 'no good', name: { th: 'ก', en: '' }, colour: 'blue', relying_parties: {} }),
          own('third', {}, { redirect_uris: ['http://x.example/'], agreement: agreement({ valid_to: '2026-02-30' }) }),
          own('fine', {}, { agreement: null, client_id: 'other-web' }),
          own('fourth', {}, { client_id: 'fine-web' }),
        ],
        version: 1,
      }),
    ).toEqual([
      'version is not a known name',
      'agencies[1].colour is not a known name',
      'agencies[1].name.en must have 1 to 300 characters'.replace('300', '100'),
      'agencies[1].name.et is missing',
      'agencies[1].sector may hold letters, digits, ".", "_" and "-", and begins with a letter or digit',
      'agencies[1].relying_parties must be an array',
      'agencies[2].relying_parties[0].redirect_uris[0] must begin with https://',
      'agencies[2].relying_parties[0].agreement.valid_to must be a day such as "2026-01-31" or an instant such as "2026-01-31T12:00:00+07:00"',
      'agencies[3].id stands twice: the same as agencies[0].id',
      'agencies[4].relying_parties[0].client_id stands twice: the same as agencies[0].relying_parties[0].client_id',
    ])
    expect(await everything()).toBe(before)
  })

  test.each([
    ['a list', [], ' must be an object'],
    ['nothing', null, ' must be an object'],
    ['an empty object', {}, 'agencies is missing'],
    ['no agencies', { agencies: [] }, 'agencies must have at least 1'],
  ])('that is %s is refused', async (_name, document, problem) => {
    expect(await mistakes(document)).toEqual([problem])
  })

  test('that is no JSON is refused with line and column', async () => {
    const needs = {
      clients: register.clients,
      audit: register.audit,
      clock: register.clock,
      actor: OPERATOR,
      bounds: { loopback: false, pkceOptional: false, methods: ['totp'] },
    }
    expect(await importClientsText(register.db, '{\n  "agencies": [\n', needs)).toEqual({
      ok: false,
      mistakes: [{ path: 'line 3, column 1', problem: 'the text ends too early' }],
    })
    const imported = await importClientsText(register.db, JSON.stringify(clientsFile(own('as-text'))), needs)
    expect(imported).toMatchObject({ ok: true })
  })

  test('must say of every relying party whether it has an agreement', async () => {
    const { agreement: _, ...silent } = party({ client_id: 'silent' })
    expect(await mistakes(clientsFile(agency({ id: 'silent', sector: 's', relying_parties: [silent] })))).toEqual([
      'agencies[0].relying_parties[0].agreement is missing: write null if the relying party is to learn nothing but the subject',
    ])
    await register.bring(clientsFile(own('sub-only', {}, { agreement: null })))
    await register.clients.refresh()
    expect(register.clients.find('sub-only-web')).not.toHaveProperty('agreement')
  })

  test.each([
    [
      'an unknown claim',
      { claims: [{ names: ['shoe_size'], ground: 'consent' }] },
      'claims[0].names[0] must be "name" or',
    ],
    ['no claims', { claims: [] }, 'claims must have at least 1'],
    [
      'one claim on two grounds',
      {
        claims: [
          { names: ['birthdate'], ground: 'consent' },
          { names: ['birthdate'], ground: 'law', reference: purpose },
        ],
      },
      'claims[1].names[0] stands twice',
    ],
    ['a law that is not named', { claims: [{ names: ['name'], ground: 'law' }] }, 'claims[0].reference is missing'],
    [
      'consent with a provision',
      { claims: [{ names: ['name'], ground: 'consent', reference: purpose }] },
      'claims[0].reference goes with "law"',
    ],
    [
      'an unknown ground',
      { claims: [{ names: ['name'], ground: 'curiosity' }] },
      'claims[0].ground must be "consent" or',
    ],
    ['an end before its beginning', { valid_to: '2025-01-01' }, 'valid_to must be after valid_from'],
    ['a purpose in one language', { purpose: { en: 'Tax' } }, 'purpose.th is missing'],
    ['an unknown level', { assurance: { lowest: 'medium' } }, 'assurance.lowest must be "low"'],
    [
      'a ceiling below the floor',
      { assurance: { lowest: 'high', highest: 'low' } },
      'assurance.highest must not be below',
    ],
    ['an unknown method', { methods: ['totp', 'magic'] }, 'methods[1] must be "totp"'],
    [
      'refreshing after idleness without refreshing',
      { refresh_after_idle: true },
      'refresh_after_idle needs "refresh": true',
    ],
    ['refresh without its grant type', { refresh: true }, 'refresh needs "refresh_token" in grant_types'],
    [
      'a resource that is no URI',
      { resources: [{ resource: 'api' }] },
      'resources[0].resource must be an absolute URI',
    ],
    [
      'a resource scope of our own',
      { resources: [{ resource: 'https://api.example/', scopes: ['profile'] }] },
      'resources[0].scopes[0] is a scope of the service itself',
    ],
  ])('with an agreement that has %s is refused', async (_name, changes, problem) => {
    const found = await mistakes(clientsFile(own('bad', {}, { agreement: agreement(changes) })))
    expect(found.join('\n').replaceAll('agencies[0].relying_parties[0].agreement.', '')).toContain(problem)
  })

  test('can’t register refresh without agreeing on it', async () => {
    const grants = { grant_types: ['authorization_code', 'refresh_token'] }
    expect(await mistakes(clientsFile(own('refresh', {}, grants)))).toEqual([
      'agencies[0].relying_parties[0].grant_types holds "refresh_token" but the agreement has no "refresh": true',
    ])
    expect(
      await mistakes(clientsFile(own('refresh', {}, { ...grants, agreement: agreement({ refresh: true }) }))),
    ).toEqual([])
  })
})

describe('an API', () => {
  const guard = (id: string, api: string) => own(id, {}, { guards: [api] })

  test('is guarded by relying parties of one agency only', async () => {
    const api = 'https://api.example/loans'
    expect(await mistakes(clientsFile(guard('owner', api), guard('thief', api)))).toEqual([
      'agencies[1].relying_parties[0].guards[0] is guarded by the agency "owner"',
    ])
    expect(await mistakes(clientsFile(guard('owner', api)))).toEqual([])
    expect(await mistakes(clientsFile(guard('thief', api)))).toEqual([
      'agencies[0].relying_parties[0].guards[0] is guarded by the agency "owner"',
    ])
    expect(await mistakes(clientsFile(guard('owner', api)))).toEqual([])
  })
})

describe('the sector of an agency', () => {
  test('never changes, and the reason is said', async () => {
    await register.bring(clientsFile(own('fixed')))
    expect(await mistakes(clientsFile(own('fixed', { sector: 'another' })))).toEqual([
      'agencies[0].sector was "fixed" and never changes: every citizen would become somebody else to this agency',
    ])
    await expect(register.db.raw(`update agency set sector = 'another' where id = 'fixed'`)).rejects.toThrow(
      'the sector of agency fixed never changes',
    )
  })

  test('does not change either by moving a relying party to another agency', async () => {
    await register.bring(clientsFile(own('here'), own('there')))
    expect(await mistakes(clientsFile(own('there', {}, { client_id: 'here-web' })))).toEqual([
      'agencies[0].relying_parties[0].client_id is registered under the sector "here" (agency "here") and can\'t move to ' +
        '"there": every citizen would become somebody else to it',
    ])
  })

  test('may be shared by two agencies, which is said', async () => {
    const imported = await register.bring(
      clientsFile(own('one-half', { sector: 'ministry' }), own('other-half', { sector: 'ministry' })),
    )
    expect(imported).toMatchObject({
      notices: ['agencies one-half, other-half share the sector "ministry": they see the same sub'],
    })
  })
})

describe('a secret', () => {
  test('is kept as its hash and stands nowhere in the database', async () => {
    await register.bring(clientsFile(own('hashed')))
    await register.clients.refresh()
    expect(secretMatches(SECRET, register.clients.find('hashed-web')!.secretHash!)).toBe(true)
    expect(await everything()).not.toContain(SECRET)
  })

  test('is made when none is given, told once, and stays through the next import', async () => {
    const { client_secret: _, ...rest } = party({ client_id: 'made' })
    const document = clientsFile(agency({ id: 'made', sector: 'made', relying_parties: [rest] }))
    const first = await register.bring(document)
    const secret = first.ok ? first.clients[0]!.secret! : ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(await register.bring(document)).toMatchObject({ clients: [{ outcome: 'same' }] })
    await register.clients.refresh()
    expect(secretMatches(secret, register.clients.find('made')!.secretHash!)).toBe(true)
  })

  test('goes when the relying party turns to keys', async () => {
    await register.bring(clientsFile(own('turns')))
    const { client_secret: _, ...rest } = party({
      client_id: 'turns-web',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://tax.example/jwks',
    })
    await register.bring(clientsFile(agency({ id: 'turns', sector: 'turns', relying_parties: [rest] })))
    await register.clients.refresh()
    expect(register.clients.find('turns-web')).not.toHaveProperty('secretHash')
  })
})

describe('an agreement', () => {
  const agreed = async (id: string) => {
    await register.clients.refresh()
    return register.disclosure.agreement(register.clients.find(id)!)
  }

  test('gets a new version with every change, and the old one stays on record', async () => {
    await register.bring(clientsFile(own('moves')))
    expect(await agreed('moves-web')).toMatchObject({ version: 1 })
    const changed = agreement({ officer: 'Somebody else' })
    expect(await register.bring(clientsFile(own('moves', {}, { agreement: changed })))).toMatchObject({
      clients: [{ outcome: 'same', agreement: 'changed' }],
    })
    expect(await agreed('moves-web')).toMatchObject({ version: 2, purposeSince: 1, officer: 'Somebody else' })
    const kept = await rows(register.db, `select officer from agreement where client = 'moves-web' order by version`)
    expect(kept).toEqual([{ officer: 'Data protection office, 02 123 4567' }, { officer: 'Somebody else' }])
  })

  test('for another purpose counts its consents anew', async () => {
    await register.bring(clientsFile(own('purpose')))
    const changed = agreement({ purpose: { th: 'อื่น', en: 'Something else', et: 'Midagi muud' } })
    await register.bring(clientsFile(own('purpose', {}, { agreement: changed })))
    expect(await agreed('purpose-web')).toMatchObject({ version: 2, purposeSince: 2 })
  })

  test('can be ended, and a later one starts anew', async () => {
    await register.bring(clientsFile(own('ends')))
    expect(await register.bring(clientsFile(own('ends', {}, { agreement: null })))).toMatchObject({
      clients: [{ agreement: 'ended' }],
    })
    expect(await agreed('ends-web')).toBeUndefined()
    await register.bring(clientsFile(own('ends')))
    expect(await agreed('ends-web')).toMatchObject({ version: 2, purposeSince: 2 })
  })
})
