import { createHook } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openPinHashing } from '../../src/persons/pin-hash.ts'
import { openPins } from '../../src/persons/pins.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testKey, testKeys, testRandom } from '../support/keys.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

const CODE = thaiCode(1)
const PIN = '830174'
const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 }

describe('the hash of a PIN', () => {
  test('runs beside the event loop, two at a time and no more', async () => {
    const random = testRandom()
    const hashing = openPinHashing({ peppers: testKeys('pins'), random })
    const under = new Set<number>()
    let most = 0
    const watch = createHook({
      init(id, type) {
        if (type === 'ARGON2REQUEST') most = Math.max(most, under.add(id).size)
      },
      before: (id) => void under.delete(id),
    }).enable()
    let done = 0
    const work = Array.from({ length: 6 }, async () => {
      await hashing.hash(PIN, 'somebody')
      done++
    })
    let turns = 0
    while (done < work.length) {
      await setImmediate()
      turns++
    }
    await Promise.all(work)
    watch.disable()
    // On this thread each of them would be a single turn.
    expect(turns).toBeGreaterThan(100)
    expect(most).toBe(2)
  })

  test('fits its PIN under its owner and its pepper alone', async () => {
    const hashing = openPinHashing({ peppers: testKeys('pins'), random: testRandom(), cost: CHEAP })
    const stored = await hashing.hash(PIN, 'one')
    expect(await hashing.fits(PIN, 'one', stored)).toBe(true)
    expect(await hashing.fits('830175', 'one', stored)).toBe(false)
    expect(await hashing.fits(PIN, 'other', stored)).toBe(false)
    const other = openPinHashing({ peppers: testKeys('other'), random: testRandom(), cost: CHEAP })
    await expect(other.fits(PIN, 'one', stored)).rejects.toThrow('pepper that these keys lack')
    const disguised = { ...stored, pepper: (await other.hash(PIN, 'one')).pepper }
    expect(await other.fits(PIN, 'one', disguised)).toBe(false)
  })

  test('is another each time, and under a further pepper the former still fits', async () => {
    const hashing = openPinHashing({ peppers: testKeys('pins'), random: testRandom(), cost: CHEAP })
    const [one, two] = [await hashing.hash(PIN, 'one'), await hashing.hash(PIN, 'one')]
    expect(one.hash).not.toEqual(two.hash)
    const peppers = [...testKeys('pins'), { version: 2, key: testKey('second') }]
    const later = openPinHashing({ peppers, random: testRandom(), cost: CHEAP })
    expect(await later.fits(PIN, 'one', one)).toBe(true)
    expect(later.outdated(one)).toBe(true)
    expect(later.outdated(await later.hash(PIN, 'one'))).toBe(false)
  })
})

describe('the PIN of a person', () => {
  let database: TestDatabase
  let world: SignInWorld
  beforeEach(async () => {
    database = await testDatabase()
    world = signInWorld(database.db)
  })
  afterEach(() => database.close())

  async function withPin(pin = PIN, code = CODE) {
    await world.addPerson(code)
    const person = (await world.persons.find(database.db, 'TH', code))!
    const made = await world.pins.prepare(person, pin)
    if (!made.ok) throw new Error(made.fault)
    await world.pins.set(database.db, made.ready, OPERATOR)
    return person
  }

  test('is not in its row, and a row moved to another person fits no more', async () => {
    const one = await withPin()
    const other = await withPin('518302', thaiCode(2))
    const [row] = await rows<{ text: string }>(database.db, 'select p::text as text from pin p limit 1')
    expect(row!.text).not.toContain(PIN)
    expect(await world.pins.check(database.db, one.key, PIN)).toEqual(expect.any(String))
    await rows(
      database.db,
      'update pin p set hash = o.hash, salt = o.salt from pin o where p.person = ? and o.person = ?',
      [other.key, one.key],
    )
    expect(await world.pins.check(database.db, other.key, PIN)).toBe(false)
  })

  test('is set, replaced and removed on record, and waits for it end with it', async () => {
    const person = await withPin()
    const attempt = { subject: person.key, source: '192.0.2.1' }
    for (let n = 0; n < 6; n++) await world.throttle.spend('pin', attempt)
    expect(await world.throttle.spend('pin', attempt)).toMatchObject({ ok: false })
    const again = await world.pins.prepare(person, '264917')
    if (!again.ok) throw new Error(again.fault)
    await world.pins.set(database.db, again.ready, OPERATOR)
    expect(await world.throttle.spend('pin', attempt)).toMatchObject({ ok: true })
    expect(await world.pins.check(database.db, person.key, PIN)).toBe(false)
    expect(await world.pins.remove(database.db, person.key, OPERATOR)).toBe(true)
    expect(await world.pins.remove(database.db, person.key, OPERATOR)).toBe(false)
    expect(await world.pins.check(database.db, person.key, '264917')).toBeUndefined()
    expect(await world.audited('credential.enrolled')).toHaveLength(2)
    expect(await world.audited('credential.removed')).toHaveLength(2)
    const told = world.announced.map(({ kind, method }) => `${kind} ${method}`)
    expect(told).toEqual(['means-added pin', 'means-added pin', 'means-removed pin'])
  })

  test('stands beside the other means, and goes by its own id alone', async () => {
    const person = await withPin()
    const { keeper } = world.pins
    const [held] = await keeper.list(database.db, person.key)
    expect(held).toMatchObject({ kind: 'pin', by: 'desk', confirmed: 'desk', level: 'substantial' })
    expect(await keeper.remove(database.db, person.key, world.random.uuid(), { actor: OPERATOR })).toBe(false)
    expect(await keeper.remove(database.db, person.key, held!.id, { actor: OPERATOR })).toBe(true)
    expect(await keeper.list(database.db, person.key)).toEqual([])
  })

  test('is hashed anew at the first right answer after the cost has grown', async () => {
    const person = await withPin()
    const dearer = openPins({
      hashing: openPinHashing({
        peppers: testKeys('pins'),
        random: testRandom('dear'),
        cost: { memoryKib: 128, passes: 2, lanes: 1 },
      }),
      audit: world.audit,
      clock: world.clock,
      random: world.random,
      lift: async () => {},
      tell: async () => {},
    })
    const cost = () => rows(database.db, 'select memory_kib, passes, lanes from pin')
    expect(await dearer.check(database.db, person.key, '518302')).toBe(false)
    expect(await cost()).toEqual([{ memory_kib: 64, passes: 1, lanes: 1 }])
    const id = await dearer.check(database.db, person.key, PIN)
    expect(await cost()).toEqual([{ memory_kib: 128, passes: 2, lanes: 1 }])
    expect(await dearer.check(database.db, person.key, PIN)).toBe(id)
  })

  test('that is guessed first is never hashed', async () => {
    await world.addPerson(CODE)
    const person = (await world.persons.find(database.db, 'TH', CODE))!
    expect(await world.pins.prepare(person, '123456')).toEqual({ ok: false, fault: 'simple' })
    expect(await world.pins.prepare(person, CODE.slice(0, 6))).toEqual({ ok: false, fault: 'personal' })
  })
})
