import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { type Filter, openAuditReading } from '../../src/audit/read.ts'
import { clientId, personKey, requestId } from '../../src/identity/identifiers.ts'
import { rows } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

const sealer = testSealer('audit-payload')
const OPERATOR = { kind: 'operator', name: 'anna' } as const
const PERSON = personKey('00000000-0000-4000-8000-000000000001')

let database: TestDatabase
const clock = testClock()
const audit = openAuditLog({ sealer, clock, random: testRandom('audit') })
beforeEach(async () => {
  database = await testDatabase()
  clock.set('2026-11-21T09:00:00Z')
  const base = { actor: { kind: 'citizen', person: PERSON }, person: PERSON } as const
  for (const [n, client] of ['revenue', 'social', 'revenue'].entries()) {
    await audit.append(database.db, {
      ...base,
      type: n === 1 ? 'sign-in.refused' : 'sign-in.succeeded',
      client: clientId(client),
      request: requestId(`r${n}`),
      detail: { method: 'totp', given_name: 'สมหญิง' },
    })
    clock.advance(60_000)
  }
})
afterEach(() => database.close())

const read = (filter: Filter = {}) => openAuditReading({ sealer, audit }).read(database.db, OPERATOR, filter)
const requests = async (filter: Filter) => (await read(filter)).map((entry) => entry.request)

test('the newest entries come in the order in which they happened, each filter narrowing them', async () => {
  expect(await requests({})).toEqual(['r0', 'r1', 'r2'])
  expect(await requests({ client: 'revenue' })).toEqual(['r0', 'r2'])
  expect(await requests({ type: 'sign-in.refused' })).toEqual(['r1'])
  expect(await requests({ request: 'r2' })).toEqual(['r2'])
  expect(await requests({ since: new Date('2026-11-21T09:01:00Z'), client: 'social' })).toEqual(['r1'])
  expect(await requests({ person: PERSON, limit: 2 })).toEqual(['r1', 'r2'])
})

test('who it was is not shown unless asked for', async () => {
  const plain = await read({ request: 'r1' })
  expect(plain).toMatchObject([{ by: 'citizen', detail: { method: 'totp' }, erased: false }])
  expect(JSON.stringify(plain)).not.toContain(PERSON)
  expect(JSON.stringify(plain)).not.toContain('สมหญิง')
  expect(await read({ request: 'r1', persons: true })).toMatchObject([
    { person: PERSON, actor: { kind: 'citizen', person: PERSON }, detail: { given_name: 'สมหญิง' } },
  ])
})

test('every reading is an entry: by whom, for what, and whether persons were shown', async () => {
  await read({ client: 'social', persons: true })
  const [entry] = await read({ type: 'audit.read', persons: true })
  expect(entry).toMatchObject({
    actor: OPERATOR,
    detail: { client: 'social', persons: true, rows: 1, limit: 100 },
  })
})

test('what can’t be put on record isn’t shown', async () => {
  await database.db.raw("alter table audit_event add check (type <> 'audit.read')")
  await expect(read()).rejects.toThrow()
})

test('an erased entry shows its bare facts, a spoilt one too', async () => {
  await rows(database.db, "update audit_event set payload = null, salt = null where request = 'r0'")
  await rows(database.db, "update audit_event set payload = set_byte(payload, 20, 0), salt = salt where request = 'r1'")
  expect((await read({})).slice(0, 2)).toMatchObject([
    { request: 'r0', erased: true, detail: {} },
    { request: 'r1', erased: false, detail: {} },
  ])
})
