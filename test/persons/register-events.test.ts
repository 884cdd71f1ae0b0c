import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { forgetHappened, takeHappened } from '../../src/persons/register-events.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { openRegister, operator, type Register, thaiCode } from '../support/register.ts'

// What a change of the register leaves for those who must act upon it: with the change or not at all, an import's too.

let register: Register
const why = { actor: operator, reason: 'a test' }
const lines = (...people: object[]): string => people.map((one) => JSON.stringify(one)).join('\n')
const person = (n: number, more: object = {}) => ({
  ...{ scheme: 'TH', code: thaiCode(n), kind: 'citizen', status: 'active', given_name: 'มาลี', family_name: `ที่${n}` },
  ...more,
})

beforeAll(async () => {
  register = await openRegister()
  await register.load(lines(person(1), person(2), person(3)))
})
afterAll(() => register.close())
beforeEach(() => rows(register.db, 'delete from register_event'))

const keyOf = async (n: number) => (await register.person('TH', thaiCode(n))).key
const happened = async () =>
  (await transaction(register.db, (tx) => takeHappened(tx, 100))).map(({ person: key, what, ...event }) => ({
    ...{ person: key, what },
    ...('was' in event && { was: event.was }),
    ...('now' in event && { now: event.now }),
  }))

describe('one change', () => {
  test('of a status says what it was and is, once', async () => {
    const key = await keyOf(1)
    await register.persons.setStatus(register.db, key, 'suspended', why)
    await register.persons.setStatus(register.db, key, 'suspended', why)
    expect(await happened()).toEqual([{ person: key, what: 'status', was: 'active', now: 'suspended' }])
    await register.persons.setStatus(register.db, key, 'active', why)
  })

  test('that is undone leaves nothing', async () => {
    const key = await keyOf(1)
    const undone = transaction(register.db, async (tx) => {
      await register.persons.setStatus(tx, key, 'suspended', why)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await happened()).toEqual([])
  })

  test('locks, which is no status, keeps the version before, and is said once in each direction', async () => {
    const key = await keyOf(2)
    const set = (locked: boolean) => register.persons.setLocked(register.db, key, locked, why)
    expect([await set(true), await set(true)]).toEqual([true, false])
    const locked = await register.person('TH', thaiCode(2))
    expect(locked).toMatchObject({ status: 'active', lockedAt: register.clock.now(), version: 2 })
    expect([await set(false), await set(false)]).toEqual([true, false])
    expect((await register.person('TH', thaiCode(2))).lockedAt).toBeUndefined()
    expect(await happened()).toEqual([
      { person: key, what: 'locked' },
      { person: key, what: 'unlocked' },
    ])
    const [, before] = await register.persons.history(register.db, key)
    expect(before!.replaced).toMatchObject({ by: operator, reason: 'a test' })
  })

  test('of the ways in says which were shut, and not which were opened', async () => {
    const key = await keyOf(3)
    const set = (blocked: readonly ('totp' | 'sms-code')[]) =>
      register.persons.setBlocks(register.db, key, { blocked }, { actor: operator })
    await set(['totp'])
    await set(['totp', 'sms-code'])
    await set(['sms-code'])
    expect(await happened()).toEqual([
      { person: key, what: 'blocked', was: 'totp' },
      { person: key, what: 'blocked', was: 'sms-code' },
    ])
  })
})

describe('an import', () => {
  test('says of each person what has changed, and of the others nothing', async () => {
    const [one, two, three] = [await keyOf(1), await keyOf(2), await keyOf(3)]
    const file = lines(
      person(1, { status: 'deceased' }),
      person(2, { family_name: 'ใหม่' }),
      {
        ...person(3, { status: 'emigrated', given_name: 'มานี', birth_date: '1990' }),
        ...{ scheme: undefined, code: undefined },
        identifiers: [
          { scheme: 'TH', code: thaiCode(3) },
          { scheme: 'EE', code: '38001085718' },
        ],
      },
      person(4),
    )
    expect(await register.load(file)).toMatchObject({ created: 1, changed: 3, loaded: true })
    const found = await happened()
    expect(found).toHaveLength(5)
    expect(found).toEqual(
      expect.arrayContaining([
        { person: one, what: 'status', was: 'active', now: 'deceased' },
        { person: two, what: 'name' },
        { person: three, what: 'status', was: 'active', now: 'emigrated' },
        { person: three, what: 'name' },
        { person: three, what: 'codes' },
      ]),
    )
    await rows(register.db, 'delete from register_event')
    expect(await register.load(file)).toMatchObject({ changed: 0 })
    expect(await happened()).toEqual([])
  })

  test('of a birth date alone concerns nobody, and one that loads nothing says nothing', async () => {
    await register.load(lines(person(4, { birth_date: '1970' })))
    expect(await happened()).toEqual([])
    const bad = lines(person(4, { status: 'suspended' }), person(5, { status: 'unheard-of' }))
    expect(await register.load(bad, { strict: true })).toMatchObject({ loaded: false })
    expect(await happened()).toEqual([])
  })
})

test('what one has taken nobody else takes, until it is done with or given back', async () => {
  const key = await keyOf(2)
  for (let n = 0; n < 3; n++) {
    await register.persons.setLocked(register.db, key, true, why)
    await register.persons.setLocked(register.db, key, false, why)
  }
  await transaction(register.db, async (tx) => {
    const mine = await takeHappened(tx, 4)
    const others = await happened()
    expect([mine.length, others.length]).toEqual([4, 2])
    await forgetHappened(tx, mine.slice(1))
  })
  expect(await happened()).toHaveLength(3)
})
