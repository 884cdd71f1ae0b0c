import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eraseOld } from '../../src/audit/erase.ts'
import { openAuditLog } from '../../src/audit/log.ts'
import { openAuditReading } from '../../src/audit/read.ts'
import { clientId, personKey, requestId } from '../../src/identity/identifiers.ts'
import { rows } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

const sealer = testSealer('audit-payload')
const AUDITOR = { kind: 'operator', name: 'ülle' } as const
const DAY = 86_400_000

let database: TestDatabase
let clock = testClock()
let audit = openAuditLog({ sealer, clock, random: testRandom('audit') })
beforeEach(async () => {
  database = await testDatabase()
  clock = testClock()
  audit = openAuditLog({ sealer, clock, random: testRandom('audit') })
})
afterEach(() => database.close())

async function write(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await audit.append(database.db, {
      type: 'sign-in.succeeded',
      actor: { kind: 'visitor' },
      person: personKey(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
      client: clientId('revenue'),
      request: requestId(`r${n}`),
      detail: { method: 'totp', acr: 'low', n },
    })
    clock.advance(1000)
  }
}

const verify = (progress?: (done: number, about: number) => void) =>
  openAuditReading({ sealer, audit }).verify(database.db, AUDITOR, progress)

test('an untouched log verifies, and that it was verified is its next entry', async () => {
  await write(5)
  expect(await verify()).toEqual({ ok: true, rows: 5, erased: 0, faulty: 0, signed: 0, faults: [] })
  expect(await rows(database.db, 'select type from audit_event order by id desc limit 1')).toEqual([
    { type: 'audit.verified' },
  ])
  expect(await verify()).toMatchObject({ ok: true, rows: 6 })
})

describe('one changed byte is found in', () => {
  const changes: [string, string, string?][] = [
    ['event', "event = overlay(event::text placing 'f' from 1)::uuid", 'payload does not open under this event'],
    ['at', "at = at + interval '1 millisecond'"],
    ['type', "type = 'sign-in.succeedee'"],
    ['person', "person = '00000000-0000-4000-8000-000000000009'"],
    ['person, taken away', 'person = null', 'person'],
    ['client', "client = 'revenuf'"],
    ['client, taken away', 'client = null', 'client'],
    ['request', "request = 'r9'"],
    ['salt', 'salt = set_byte(salt, 31, get_byte(salt, 31) # 1)', 'commitment'],
    ['salt, taken away', 'salt = null', 'salt'],
    ['payload', 'payload = set_byte(payload, 20, get_byte(payload, 20) # 1)', 'payload does not open under this event'],
    ['payload, key version', 'payload = set_byte(payload, 0, 9)', 'payload does not open under this event'],
    ['payload, taken away', 'payload = null', 'payload'],
    ['commitment', 'commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1)'],
    ['leaf_index', 'leaf_index = 7'],
  ]
  test.each(changes)('%s', async (column, change, what = column) => {
    await write(3)
    await database.db.raw(`update audit_event set ${change} where request = 'r1'`)
    const [row] = await rows<{ id: string }>(database.db, 'select id from audit_event order by id offset 1 limit 1')
    const verdict = await verify()
    expect(verdict).toMatchObject({ ok: false, rows: 3, faulty: 1 })
    expect(verdict.faults).toEqual([{ id: row?.id, what }])
  })

  test('any byte of the payload, the salt or the commitment', async () => {
    await write(1)
    const lengths = await rows<{ payload: number; salt: number; commitment: number }>(
      database.db,
      'select length(payload) as payload, length(salt) as salt, length(commitment) as commitment from audit_event',
    )
    for (const [column, length] of Object.entries(lengths[0]!))
      for (let at = 0; at < length; at += 7) {
        const flip = `update audit_event set ${column} = set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 128) where request = 'r0'`
        await database.db.raw(flip)
        expect(await verify()).toMatchObject({ ok: false, faulty: 1 })
        await database.db.raw(flip)
      }
    expect(await verify()).toMatchObject({ ok: true })
  })
})

test('two rows whose payloads were exchanged are both found', async () => {
  await write(2)
  await database.db.raw(
    'update audit_event a set payload = b.payload, salt = b.salt, commitment = b.commitment from audit_event b where a.id <> b.id',
  )
  expect(await verify()).toMatchObject({ ok: false, faulty: 2 })
})

describe('what is past its retention', () => {
  test('is erased, tells nothing any more, and the log still verifies', async () => {
    await write(3)
    clock.advance(400 * DAY)
    await write(2)
    expect(await eraseOld(database.db, { audit, clock, retentionDays: 365 })).toBe(3)
    expect(await verify()).toEqual({ ok: true, rows: 6, erased: 3, faulty: 0, signed: 0, faults: [] })
    expect(await eraseOld(database.db, { audit, clock, retentionDays: 365 })).toBe(0)
    expect(await rows(database.db, "select 1 from audit_event where type = 'audit.erased'")).toHaveLength(1)
  })

  test('an erasure that the log doesn’t speak of is found, also beside one that it does', async () => {
    await write(2)
    await database.db.raw("update audit_event set payload = null, salt = null where request = 'r0'")
    expect(await verify()).toMatchObject({ ok: false, erased: 1 })
    clock.advance(400 * DAY)
    await eraseOld(database.db, { audit, clock, retentionDays: 365 })
    expect(await verify()).toMatchObject({ ok: true })
    await write(1)
    await database.db.raw(
      'update audit_event set payload = null, salt = null where id = (select max(id) from audit_event)',
    )
    expect(await verify()).toMatchObject({ ok: false })
  })
})

test('a long log is read a page at a time and says how far it is', async () => {
  await write(1)
  await database.db.raw(
    `insert into audit_event (event, at, type, person, client, request, payload, salt, commitment)
     select gen_random_uuid(), at, type, person, client, request, payload, salt, commitment
     from audit_event, generate_series(1, 2500)`,
  )
  const seen: number[] = []
  const verdict = await verify((done) => seen.push(done))
  expect(seen).toEqual([1000, 2000, 2501])
  // Copies under other event ids don't open; a hundred are named, all are counted.
  expect(verdict).toMatchObject({ ok: false, rows: 2501, faulty: 2500 })
  expect(verdict.faults).toHaveLength(100)
})
