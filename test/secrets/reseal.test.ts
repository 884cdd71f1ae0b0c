import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { sealDetails } from '../../src/persons/details.ts'
import { openPersons } from '../../src/persons/person.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'
import type { SecretName } from '../../src/platform/secrets.ts'
import { SEALED_CELLS } from '../../src/sealed-cells.ts'
import { openReseal } from '../../src/secrets/reseal.ts'
import { testRandom } from '../support/keys.ts'
import { thaiCode } from '../support/register.ts'
import { sealedWorld } from '../support/sealed-world.ts'
import { callback, redeem, request, signIn, type TestService, userInfo } from '../support/service.ts'

// What is sealed goes over to another key while the service runs, and people are none the wiser.

const BY = { actor: { kind: 'service', part: 'test' }, why: 'the yearly review' } as const
let world: TestService
beforeEach(async () => {
  world = await sealedWorld()
})
afterEach(() => world.close())
const parts = () => world.service.parts

async function rotate(name: SecretName): Promise<void> {
  const { db, secretRotation } = parts()
  expect(await secretRotation.announce(db, name, BY)).toMatchObject({ ok: true, version: 2 })
  expect(await secretRotation.bringIntoForce(db, name, BY)).toMatchObject({ ok: true, version: 2 })
}

/** Versions of all cells of a secret, each opened where it lies. */
async function versions(name: SecretName): Promise<Record<string, number[]>> {
  const { db, secrets } = parts()
  const sealer = openSealer(secrets.get(name), testRandom())
  const found: Record<string, number[]> = {}
  for (const { secret, table, column, bound } of SEALED_CELLS) {
    if (secret !== name) continue
    const cells = await rows<Record<string, unknown>>(db, `select * from ${table} where ${column} is not null`)
    for (const row of cells) sealer.open(row[column] as Buffer, bound(row))
    found[`${table}.${column}`] = [...new Set(cells.map((row) => (row[column] as Buffer)[0]!))]
  }
  return found
}

const NAMES = ['personal-data', 'audit-payload', 'signing-keys', 'sessions'] as const
test.each(NAMES)('everything sealed with %s goes over, and then the former version may go', async (name) => {
  const { db, secretRotation, reseal, secrets } = parts()
  await rotate(name)
  expect(Object.values(await versions(name)).flat()).not.toContain(2)
  world.clock.advance(14 * 3_600_000)
  const refused = await secretRotation.drop(db, name, BY)
  expect(refused).toMatchObject({ because: 'in-use', left: expect.anything() })
  const told: number[] = []
  const done = await reseal.reseal(db, name, BY, { progress: (count, of) => told.push(count / of) })
  expect(done).toMatchObject({ left: {}, unreadable: {} })
  expect(told[0]).toBe(0)
  expect(told.at(-1)).toBeGreaterThanOrEqual(1)
  for (const [place, found] of Object.entries(await versions(name))) expect([place, found]).toEqual([place, [2]])
  expect(await secretRotation.drop(db, name, BY)).toMatchObject({ ok: true, versions: [1] })
  expect(secrets.get(name)()).toHaveLength(1)
})

test('while cells go over and after the former key is gone, people sign in, and strangers are told nothing', async () => {
  const { db, secretRotation, reseal } = parts()
  await rotate('personal-data')
  const [citizen] = world.citizens
  await enter()
  await reseal.reseal(db, 'personal-data', BY)
  world.clock.advance(61_000)
  expect(await secretRotation.drop(db, 'personal-data', BY)).toMatchObject({ ok: true })
  await enter()
  // Nobody has this number: what stands in for them was sealed anew as well.
  expect(await refused(thaiCode(77))).toEqual(await refused(citizen!.code))
  expect(world.log()).not.toContain('unknown key version')

  async function refused(person: string) {
    const visitor = world.visitor()
    const page = await visitor.open(request(world.issuer, 'tax').url)
    const { status, html } = await visitor.submit(page, { person_code: person, code: '000000' })
    return [status, /PRT-\d+/.exec(html)?.[0]]
  }

  async function enter(): Promise<void> {
    world.clock.advance(60_000)
    const asked = request(world.issuer, 'tax')
    const { code } = callback(await signIn(world, world.visitor(), citizen!, asked))
    const { access_token: token } = await redeem(world.issuer, 'tax', code!, asked.verifier)
    expect(await userInfo(world.issuer, token)).toMatchObject({ status: 200, person_code: citizen!.code })
  }
})

test('whoever changes what is just being sealed anew loses nothing', async () => {
  const { db, persons, secrets, audit, clock } = parts()
  await rotate('personal-data')
  const sealerOf = (name: SecretName) => openSealer(secrets.get(name), testRandom())
  const slow = openReseal({ cells: SEALED_CELLS, sealerOf, audit, clock, atOnce: 1 })
  const changes = world.citizens.map(async ({ key }) => {
    for (let turn = 0; turn < 12; turn++) {
      const status = turn % 2 === 0 ? 'suspended' : 'active'
      await persons.setStatus(db, key, status, { actor: BY.actor, reason: `turn ${turn}` })
    }
  })
  await Promise.all([slow.reseal(db, 'personal-data', BY), slow.reseal(db, 'personal-data', BY), ...changes])
  await slow.reseal(db, 'personal-data', BY)
  for (const [place, found] of Object.entries(await versions('personal-data')))
    expect([place, found]).toEqual([place, [2]])
  for (const { key } of world.citizens) {
    const history = await persons.history(db, key)
    const numbers = history.map(({ person }) => person.version)
    expect(numbers).toEqual(Array.from(numbers, (_, at) => numbers.length - at))
  }
})

test('a row that somebody holds is passed over, and what they write into it stays', async () => {
  const { db, persons, secrets, audit, clock } = parts()
  await rotate('personal-data')
  const sealer = openSealer(secrets.get('personal-data'), testRandom())
  const { key, identifiers } = (await persons.get(db, world.citizens[0]!.key))!
  const reseal = openReseal({ cells: SEALED_CELLS, sealerOf: () => sealer, audit, clock })
  const changed = sealDetails(sealer, key, { identifiers, names: { given: 'เปลี่ยนแล้ว' } })
  let working: Promise<unknown> | undefined
  await transaction(world.database.db, async (tx) => {
    await rows(tx, 'update person set details = ? where key = ?', [changed, key])
    working = reseal.reseal(db, 'personal-data', BY)
    // Everybody else has gone over, and it waits for this one.
    const others = 'select from person where get_byte(details, 0) = 1 and key <> ?'
    while ((await rows(world.database.db, others, [key])).length > 0) await pause(5)
    await pause(300)
  })
  await working
  expect((await persons.get(db, key))!.names.given).toBe('เปลี่ยนแล้ว')
})

test('a cell that can’t be opened is named, keeps the former version alive, and keeps nothing else from going over', async () => {
  const { db, secretRotation, reseal } = parts()
  await rows(db, `update person_history set reason = set_byte(reason, 20, get_byte(reason, 20) # 1) where version = 1`)
  await rotate('personal-data')
  const done = await reseal.reseal(db, 'personal-data', BY)
  expect(done.unreadable).toEqual({ 'person_history.reason': world.citizens.length })
  world.clock.advance(61_000)
  expect(await secretRotation.drop(db, 'personal-data', BY)).toMatchObject({
    because: 'in-use',
    left: { 'person_history.reason': world.citizens.length },
  })
})

test('ended in the middle it says how far it came, and goes on from there', async () => {
  const { db, secrets, audit, clock } = parts()
  await rotate('personal-data')
  const sealerOf = (name: SecretName) => openSealer(secrets.get(name), testRandom())
  const slow = openReseal({ cells: SEALED_CELLS, sealerOf, audit, clock, atOnce: 1 })
  const stop = new AbortController()
  const progress = (done: number) => done === 4 && stop.abort()
  const first = await slow.reseal(db, 'personal-data', BY, { signal: stop.signal, progress })
  expect(first.done).toBe(4)
  const rest = Object.values(first.left).reduce((sum, count) => sum + count, 0)
  expect((await slow.reseal(db, 'personal-data', BY)).done).toBe(rest)
})

test('the register is indexed anew while people sign in, and looked up by the new key alone in the end', async () => {
  const { db, secretRotation, reindex, persons, secrets } = parts()
  const name = 'blind-index'
  const [citizen] = world.citizens
  const find = () => persons.find(db, citizen!.scheme, citizen!.code)
  expect(await secretRotation.announce(db, name, BY)).toMatchObject({ ok: true, version: 2 })
  const { persons: count, seconds } = await reindex.estimate(db, 2)
  expect(count).toBe(world.citizens.length)
  expect(seconds).toBeGreaterThanOrEqual(0)
  expect(await rows(db, 'select from person_identifier')).toHaveLength(count)
  expect((await find())?.key).toBe(citizen!.key)

  const stop = new AbortController()
  stop.abort()
  const job = { version: 2, by: BY, takeOver: async () => true }
  expect(await reindex.reindex(db, { ...job, signal: stop.signal })).toEqual({ persons: 0, whole: false })

  let between: string | undefined
  const takeOver = async () => {
    between = (await find())?.key
    expect(await rows(db, 'select from person_identifier')).toHaveLength(2 * count)
    return (await secretRotation.bringIntoForce(db, name, { ...BY, indexed: true })).ok
  }
  expect(await reindex.reindex(db, { ...job, takeOver })).toEqual({ persons: count, whole: true })
  expect(between).toBe(citizen!.key)
  expect((await find())?.key).toBe(citizen!.key)
  // A node that hasn't heard of it yet finds them too, by the key that it doesn't write with.
  const [former, current] = secrets.get(name)()
  const { audit, clock, random } = parts()
  const late = openPersons({
    sealer: openSealer(secrets.get('personal-data'), random),
    indexer: openIndexer([current!, former!]),
    ...{ audit, clock, random },
  })
  expect((await late.find(db, citizen!.scheme, citizen!.code))?.key).toBe(citizen!.key)
  expect(await rows(db, 'select from person_identifier where indexed_under = 2')).toHaveLength(count)
  expect(await rows(db, 'select from person_identifier')).toHaveLength(count)
  world.clock.advance(61_000)
  expect(await secretRotation.drop(db, name, BY)).toMatchObject({ ok: true, versions: [1] })
  expect(secrets.get(name)()).toHaveLength(1)
  expect((await find())?.key).toBe(citizen!.key)
})

test('PINs go over to another pepper when their owners come, and the former one waits for the last of them', async () => {
  const { db, pins, persons, secretRotation, secrets } = parts()
  const [one] = world.citizens
  const person = (await persons.get(db, one!.key))!
  const prepared = await pins.prepare(person, '482916')
  if (!prepared.ok) throw new Error(prepared.fault)
  await pins.set(db, prepared.ready, { kind: 'citizen', person: person.key })
  await rotate('pins')
  world.clock.advance(61_000)
  expect(await secretRotation.drop(db, 'pins', { ...BY, emergency: true })).toMatchObject({ left: { 'pin.hash': 1 } })
  expect(await pins.check(db, person.key, '000000')).toBe(false)
  expect(await secretRotation.drop(db, 'pins', BY)).toMatchObject({ because: 'in-use' })
  expect(await pins.check(db, person.key, '482916')).toEqual(expect.any(String))
  expect(await secretRotation.drop(db, 'pins', BY)).toMatchObject({ ok: true })
  expect(secrets.get('pins')()).toHaveLength(1)
  expect(await pins.check(db, person.key, '482916')).toEqual(expect.any(String))
})
