import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Client } from '../../src/clients/relying-party.ts'
import { disclosureForProtocol } from '../../src/disclosure/for-protocol.ts'
import { clientId, type PersonKey, personKey } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import type { Person } from '../../src/persons/person.ts'
import { rows } from '../../src/platform/db.ts'
import { agency, agreement, clientsFile, party } from '../support/clients-file.ts'
import { testRandom } from '../support/keys.ts'
import { OPERATOR, type TestRegister, testRegister } from '../support/relying-parties.ts'

let register: TestRegister
beforeAll(async () => {
  register = await testRegister()
})
afterAll(() => register.close())

const random = testRandom('persons')
const somebody = (): Person => ({
  key: personKey(random.uuid()),
  kind: 'citizen',
  status: 'active',
  identifiers: [{ scheme: 'TH', code: '1199900000029' }],
  names: { given: 'สมชาย', family: 'ใจดี' },
  birthDate: '1980-05-17',
  version: 1,
})

async function bring(id: string, changes: Record<string, Json> | null = {}): Promise<Client> {
  const agreed = changes === null ? null : agreement(changes)
  const parties = [party({ client_id: `${id}-web`, agreement: agreed })]
  await register.bring(clientsFile(agency({ id, sector: id, relying_parties: parties })))
  await register.clients.refresh()
  return register.clients.find(`${id}-web`)!
}

const requested = { scopes: ['openid', 'profile', 'person_code'] }
const entries = (person: PersonKey) =>
  rows<{ type: string; client: string; request: string | null }>(
    register.db,
    'select type, client, request from audit_event where person = ? order by id',
    [person],
  )

describe('what may be told', () => {
  test('is weighed without leaving a trace: the entry is written by whoever lets it go', async () => {
    const [client, person] = [await bring('weighed'), somebody()]
    const decision = await register.disclosure.weigh(register.db, { client, person, requested })
    expect(decision.release).toMatchObject({ given_name: 'สมชาย', person_code: '1199900000029' })
    expect(decision.ask).toEqual({ birthdate: '1980-05-17' })
    expect(await entries(person.key)).toEqual([])
  })

  test('follows the clock: nothing before the agreement begins, nothing after it ends', async () => {
    const [client, person] = [await bring('dated'), somebody()]
    const learned = async (iso: string) => {
      register.clock.set(iso)
      const { release } = await register.disclosure.weigh(register.db, { client, person, requested })
      return [Object.keys(release).length > 0, register.disclosure.agreementInForce(client) !== undefined]
    }
    try {
      expect(await learned('2025-12-31T23:59:59.999Z')).toEqual([false, false])
      expect(await learned('2026-01-01T00:00:00.000Z')).toEqual([true, true])
      expect(await learned('2028-12-31T23:59:59.999Z')).toEqual([true, true])
      expect(await learned('2029-01-01T00:00:00.000Z')).toEqual([false, false])
    } finally {
      register.clock.set('2026-11-21T09:00:00Z')
    }
  })

  test('follows a changed agreement as soon as the client is refreshed', async () => {
    const person = somebody()
    const learns = async (client: Client) =>
      Object.keys((await register.disclosure.weigh(register.db, { client, person, requested })).release)
    const before = await bring('narrowed')
    expect(await learns(before)).toContain('person_code')
    const narrower = { claims: [{ names: ['birthdate'], ground: 'consent' }] }
    expect(await learns(await bring('narrowed', narrower))).toEqual([])
    expect(await learns(await bring('narrowed', null))).toEqual([])
    // A request that began before the change ends as it began.
    expect(await learns(before)).toContain('person_code')
  })

  test('is not guessed for a client whose agreement was never read', async () => {
    await bring('unprepared')
    const [client] = (await register.clients.list(register.db)).filter(({ id }) => id === 'unprepared-web')
    expect(() => register.disclosure.agreement(client!)).toThrow('was not prepared')
    await register.disclosure.prepare(register.db, [client!])
    expect(register.disclosure.agreement(client!)).toMatchObject({ client: 'unprepared-web', version: 1 })
  })
})

describe('the protocol engine', () => {
  const asked = (person: Person | undefined) =>
    disclosureForProtocol({ ...register, persons: { get: async () => person } })
  const question = (client: Client, person: Person, claims: string[] = []) => ({
    client: client.id,
    person: person.key,
    scopes: ['openid', 'person_code'],
    claims,
  })

  test('is told by name what to release and what to ask', async () => {
    const [client, person] = [await bring('engine'), somebody()]
    const decision = await asked(person).decide(question(client, person, ['given_name', 'birthdate', 'shoe_size']))
    expect(decision).toEqual({
      release: { person_code: '1199900000029', person_code_scheme: 'TH', given_name: 'สมชาย' },
      ask: ['birthdate'],
      agreement: 1,
    })
  })

  test('learns nothing about nobody, for nobody, or for a disabled relying party', async () => {
    const [client, person] = [await bring('engine-closed'), somebody()]
    const nothing = { release: {}, ask: [] }
    expect(await asked(undefined).decide(question(client, person))).toEqual(nothing)
    expect(await asked(person).decide({ ...question(client, person), client: clientId('nobody') })).toEqual(nothing)
    await register.clients.setDisabled(register.db, client.id, true, OPERATOR)
    await register.clients.refresh()
    expect(await asked(person).decide(question(client, person))).toEqual(nothing)
  })

  test('gets tokens for the resources of the agreement, while it is in force', async () => {
    const resources = [{ resource: 'https://api.example/tax', token: 'jwt', scopes: ['read', 'write'] }]
    const client = await bring('engine-api', { resources })
    const { resource } = asked(undefined)
    expect(resource(client, 'https://api.example/tax')).toEqual({ format: 'jwt', scope: 'read write' })
    expect(resource(client, 'https://api.example/')).toBeUndefined()
    register.clock.set('2029-01-01T00:00:00Z')
    try {
      expect(resource(client, 'https://api.example/tax')).toBeUndefined()
    } finally {
      register.clock.set('2026-11-21T09:00:00Z')
    }
  })
})

describe('a consent', () => {
  const weigh = (client: Client, person: Person) =>
    register.disclosure.weigh(register.db, { client, person, requested })

  async function give(client: Client, person: Person) {
    const agreed = register.disclosure.agreement(client)!
    const act = { person: person.key, client: client.id }
    return register.disclosure.consents.give(register.db, act, agreed, ['birthdate', 'person_code', 'name'])
  }

  test('is recorded for what the agreement asks consent for, once, and then stands', async () => {
    const [client, person] = [await bring('given'), somebody()]
    expect(await give(client, person)).toEqual(['birthdate'])
    expect(await give(client, person)).toEqual([])
    expect(await weigh(client, person)).toMatchObject({ ask: {}, release: { birthdate: '1980-05-17' } })
    expect((await entries(person.key)).map(({ type }) => type)).toEqual(['consent.given'])
  })

  test('stands for one person and one relying party only', async () => {
    const [client, other, person] = [await bring('mine'), await bring('theirs'), somebody()]
    await give(client, person)
    expect((await weigh(other, person)).ask).toHaveProperty('birthdate')
    expect((await weigh(client, somebody())).ask).toHaveProperty('birthdate')
  })

  test('can be withdrawn at any time, and the history keeps both', async () => {
    const [client, person] = [await bring('taken-back'), somebody()]
    await give(client, person)
    register.clock.advance(60_000)
    const act = { person: person.key, client: client.id }
    expect(await register.disclosure.consents.withdraw(register.db, act)).toEqual(['birthdate'])
    expect(await register.disclosure.consents.withdraw(register.db, act)).toEqual([])
    expect((await weigh(client, person)).ask).toHaveProperty('birthdate')
    await give(client, person)
    const history = await register.disclosure.consents.ofPerson(register.db, person.key)
    expect(history.map(({ claims, withdrawnAt }) => [claims, withdrawnAt !== undefined])).toEqual([
      [['birthdate'], false],
      [['birthdate'], true],
    ])
    expect(history[1]!.withdrawnAt!.getTime() - history[1]!.givenAt.getTime()).toBe(60_000)
    expect((await entries(person.key)).map(({ type }) => type)).toEqual([
      'consent.given',
      'consent.withdrawn',
      'consent.given',
    ])
  })

  test('lasts through a change of the officer, but not of the purpose', async () => {
    const person = somebody()
    await give(await bring('purpose'), person)
    expect((await weigh(await bring('purpose', { officer: 'Another' }), person)).ask).toEqual({})
    const purpose = { th: 'อื่น', en: 'Something else', et: 'Midagi muud' }
    expect((await weigh(await bring('purpose', { officer: 'Another', purpose }), person)).ask).toHaveProperty(
      'birthdate',
    )
  })

  test('that was denied is on record and changes nothing', async () => {
    const [client, person] = [await bring('denied'), somebody()]
    await register.disclosure.consents.deny(register.db, { person: person.key, client: client.id }, ['birthdate'])
    expect((await weigh(client, person)).ask).toHaveProperty('birthdate')
    expect((await entries(person.key)).map(({ type }) => type)).toEqual(['consent.denied'])
  })

  test('can’t be given under an agreement that is not there', async () => {
    const client = await bring('missing')
    const agreed = register.disclosure.agreement(client)!
    const act = { person: somebody().key, client: clientId('nobody') }
    await expect(register.disclosure.consents.give(register.db, act, agreed, ['birthdate'])).rejects.toThrow('consent')
  })
})
