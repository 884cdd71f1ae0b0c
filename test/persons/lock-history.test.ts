import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { migrate, rows } from '../../src/platform/db.ts'
import { openRegister, operator, people, type Register, thaiCode } from '../support/register.ts'

// A lock and its lifting stand in the history: with what was changed meanwhile, by whomever.

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))
let register: Register
beforeEach(async () => {
  register = await openRegister()
  await register.load(people(3))
})
afterEach(() => register.close())

const why = (reason: string) => ({ actor: operator, reason })
const keyOf = async (serial: number) => (await register.person('TH', thaiCode(serial))).key
const lockAndWait = async (serial: number, locked: boolean) => {
  await register.persons.setLocked(register.db, await keyOf(serial), locked, why(locked ? 'stolen' : 'found'))
  register.clock.advance(60_000)
}
const historyOf = async (serial: number) =>
  (await register.persons.history(register.db, await keyOf(serial))).map(({ person, replaced }) => [
    person.version,
    person.lockedAt,
    replaced?.reason,
  ])

/** Locked, changed by an operator and by an import, unlocked, changed again, locked again. Gives when it was locked. */
async function troubledDays(): Promise<readonly [number, number]> {
  register.clock.advance(60_000)
  const first = register.clock.now()
  await lockAndWait(0, true)
  await register.persons.setStatus(register.db, await keyOf(0), 'suspended', why('court order'))
  register.clock.advance(60_000)
  await register.load(people(2, { status: 'emigrated' }))
  register.clock.advance(60_000)
  await lockAndWait(0, false)
  await register.persons.setStatus(register.db, await keyOf(0), 'active', why('appeal'))
  register.clock.advance(60_000)
  const second = register.clock.now()
  await lockAndWait(0, true)
  return [first, second]
}

const expected = ([first, second]: readonly [number, number]) => [
  [7, second, undefined],
  [6, undefined, 'stolen'],
  [5, undefined, 'appeal'],
  [4, first, 'found'],
  [3, first, undefined],
  [2, first, 'court order'],
  [1, undefined, 'stolen'],
]

test('a lock that was lifted stands in every version that it held for, an import’s too', async () => {
  const locks = await troubledDays()
  expect(await historyOf(0)).toEqual(expected(locks))
  expect(await historyOf(1)).toEqual([
    [2, undefined, undefined],
    [1, undefined, undefined],
  ])
})

test('a lock from before the history told of any is filled in from the audit, and nobody else’s version is touched', async () => {
  const locks = await troubledDays()
  await lockAndWait(2, true)
  await register.persons.setStatus(register.db, await keyOf(2), 'suspended', why('court order'))
  // An import's versions stand under the time at which it began: this one before the lock that it met.
  await rows(
    register.db,
    "update person_history set replaced_at = replaced_at - interval '5 minutes' where import is not null",
  )
  await rows(register.db, 'alter table person_history drop column locked_at')
  await rows(register.db, "delete from migration where name = '0038-locks-in-history.sql'")
  expect(await migrate(register.db, MIGRATIONS)).toEqual(['0038-locks-in-history.sql'])
  expect(await historyOf(0)).toEqual(expected(locks))
  expect((await historyOf(1)).map(([, locked]) => locked)).toEqual([undefined, undefined])
  expect((await historyOf(2)).map(([version, locked]) => [version, locked !== undefined])).toEqual([
    [3, true],
    [2, true],
    [1, false],
  ])
})
