import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { requestId } from '../../src/identity/identifiers.ts'
import { transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { ANNA, BOB, type DeskWorld, deskWorld } from '../support/desk-world.ts'
import { thaiCode } from '../support/sign-in.ts'

// A person who lost everything begins anew.

let database: TestDatabase
let world: DeskWorld
beforeAll(async () => {
  database = await testDatabase()
  world = deskWorld(database.db)
})
afterAll(() => database.close())

async function approved(code: string) {
  const { person: key, secret } = await world.addEnrolled(code)
  const person = (await world.persons.get(database.db, key))!
  const passkey = await world.enrol(person)
  await world.enrol(person)
  const { id } = await world.ask(person, 'recovery')
  const decided = await world.requests.approve(database.db, id, BOB)
  if (!decided.ok) throw new Error(decided.because)
  world.told.length = 0
  return { person, passkey, secret, request: decided.request }
}

test('takes every means away, ends what stands, opens what was shut, and gives a letter', async () => {
  const { person, passkey, request } = await approved(thaiCode(1))
  await world.persons.setBlocks(database.db, person.key, { only: ['smart-card'] }, { actor: ANNA })
  const done = await transaction(database.db, (tx) => world.recovery.carryOut(tx, request, BOB))
  expect(done).toMatchObject({ person: person.key, means: ['passkey', 'totp'] })
  expect(await world.passkeys.list(database.db, person.key)).toEqual([])
  expect(await world.credentials.held(database.db, person.key)).toEqual([])
  const now = await world.persons.get(database.db, person.key)
  expect(now).toMatchObject({ endedAt: world.clock.now() })
  expect(now?.blocks).toBeUndefined()
  const begun = await world.begin()
  expect(await world.method.resume(begun.state, world.input({ answer: passkey.answer(begun.options) }))).toMatchObject({
    trouble: { code: 'PRT-2101' },
  })
  expect(world.told[0]).toMatchObject({ kind: 'recovered' })
  expect((await world.audited('person.recovered')).at(-1)).toMatchObject({ person: person.key })
  const fields = { person_code: thaiCode(1), code: done.letter.code }
  expect(await world.activation.submit({ fields, source: '192.0.2.9', request: requestId('r') })).toMatchObject({
    step: 'activated',
  })
})

test('is carried out once, and only what was allowed as a recovery', async () => {
  const { request } = await approved(thaiCode(2))
  await transaction(database.db, (tx) => world.recovery.carryOut(tx, request, BOB))
  const again = transaction(database.db, (tx) => world.recovery.carryOut(tx, request, BOB))
  await expect(again).rejects.toThrow('no recovery')
  const other = await world.citizen(thaiCode(3))
  const desk = await world.ask(other)
  await world.requests.approve(database.db, desk.id, BOB)
  const wrong = transaction(database.db, (tx) => world.recovery.carryOut(tx, desk.request, BOB))
  await expect(wrong).rejects.toThrow('no recovery')
  const asked = await world.ask(other, 'recovery')
  const early = transaction(database.db, (tx) => world.recovery.carryOut(tx, asked.request, BOB))
  await expect(early).rejects.toThrow('no recovery')
})

test('that fails half-way leaves everything as it was', async () => {
  const { person, request } = await approved(thaiCode(4))
  await database.db.raw("alter table audit_event add constraint full_disk check (type <> 'person.recovered') not valid")
  const half = transaction(database.db, (tx) => world.recovery.carryOut(tx, request, BOB))
  await expect(half).rejects.toThrow('full_disk')
  await database.db.raw('alter table audit_event drop constraint full_disk')
  expect(await world.passkeys.list(database.db, person.key)).toHaveLength(2)
  expect(await world.credentials.held(database.db, person.key)).toHaveLength(1)
  expect(await transaction(database.db, (tx) => world.recovery.carryOut(tx, request, BOB))).toMatchObject({
    means: ['passkey', 'totp'],
  })
})
