import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { NewOperator, Role } from '../../src/operators/operator.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type OperatorsWorld, operatorsWorld, type Somebody, somebody } from '../support/operators.ts'

// Who is an operator, and who makes them one.

let database: TestDatabase
let world: OperatorsWorld
beforeEach(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
})
afterEach(() => database.close())

const ROOT = { kind: 'operator', name: 'root' } as const
const begin = (...two: readonly NewOperator[]) => world.service.operators.begin(database.db, two, ROOT)
const names = async () =>
  (await world.service.operators.list(database.db)).flatMap(({ name, removedAt }) => (removedAt ? [] : [name]))
/** Asked for by Anna, allowed by Bob. */
async function add(who: Somebody, ...roles: readonly Role[]) {
  const wanted = who.as(...roles)
  const annas = world.partsOf(world.anna.signer())
  const { name, key, publicKey, roles: named } = await annas.operators.check(database.db, wanted)
  const act = { name, key, publicKey, roles: named }
  const wish = { kind: 'new-operator', act, reason: 'x', by: world.anna.actor } as const
  const { request } = await annas.requests.ask(database.db, wish)
  const bobs = world.partsOf(world.bob.signer())
  return transaction(database.db, async (tx) => {
    const decided = await bobs.requests.approve(tx, request.id, world.bob.actor)
    if (!decided.ok) throw new Error(decided.because)
    return bobs.operators.add(tx, wanted, { actor: world.bob.actor, operatorRequest: request.id })
  })
}
const remove = (name: string, by = world.bob) =>
  world.partsOf(by.signer()).operators.remove(database.db, name, { actor: by.actor, why: 'left' })

test('the first two are made together, once, each with a name and a key of their own', async () => {
  const twice = somebody('twice')
  await expect(begin(world.anna.as(), world.anna.as())).rejects.toThrow('a name of their own')
  await expect(begin(twice.as(), { ...twice.as(), name: 'other' })).rejects.toThrow('The same key twice')
  await expect(begin({ ...world.anna.as(), name: 'Anna!' }, world.bob.as())).rejects.toThrow('is no name')
  await expect(begin({ ...world.anna.as(), publicKey: 'MA==' }, world.bob.as())).rejects.toThrow()
  expect(await names()).toEqual([])
  await world.begin()
  expect(await names()).toEqual(['anna', 'bob'])
  await expect(begin(somebody('c').as(), somebody('d').as())).rejects.toThrow('There are operators already')
})

test('of fifty who begin at once, one does', async () => {
  const all = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => begin(somebody(`a${n}`).as(), somebody(`b${n}`).as())),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await names()).toHaveLength(2)
  expect(await world.verify()).toMatchObject({ ok: true })
})

test('a further one has the roles that two agreed on, under a name and a key that nobody has', async () => {
  await world.begin()
  await add(somebody('carl'), 'auditor', 'desk')
  expect((await world.service.operators.list(database.db)).at(-1)).toMatchObject({
    name: 'carl',
    roles: ['desk', 'auditor'],
  })
  await expect(add(somebody('carl'))).rejects.toThrow('an operator carl already')
  await expect(add({ ...somebody('dora'), as: () => ({ ...world.anna.as(), name: 'dora' }) })).rejects.toThrow(
    'is, or was, that of anna',
  )
  expect(await world.verify()).toMatchObject({ ok: true })
})

test('a key that was removed is nobody’s ever again; the name may come back with another', async () => {
  await world.begin()
  const carl = somebody('carl')
  await add(carl)
  await remove('carl')
  await expect(add({ ...somebody('dora'), as: () => ({ ...carl.as(), name: 'dora' }) })).rejects.toThrow(
    'was, that of carl',
  )
  await expect(add(carl)).rejects.toThrow('was, that of carl')
  await add(somebody('carl'))
  expect(await names()).toEqual(['anna', 'bob', 'carl'])
  expect(await world.verify()).toMatchObject({ ok: true })
})

test('two key keepers always stay, whoever removes whom', async () => {
  await world.begin()
  await expect(remove('anna')).rejects.toThrow('Two key keepers must stay')
  await add(somebody('carl'), 'desk')
  await expect(remove('anna')).rejects.toThrow('Two key keepers must stay')
  const dora = somebody('dora')
  await add(dora, 'key-keeper')
  // Both at once from here on: each has a connection already.
  await Promise.all([1, 2, 3].map(() => rows(database.db, 'select pg_sleep(0.05)')))
  const both = await Promise.allSettled([remove('anna', dora), remove('bob', dora)])
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await expect(remove('nobody', dora)).rejects.toThrow('no operator nobody')
})

test('names, keys and roles can’t be changed in the table: what is sealed counts', async () => {
  await world.begin()
  await add(somebody('carl'), 'desk')
  await rows(database.db, "update operator set name = 'chief' where name = 'carl'")
  const [carl] = await rows<{ key: string }>(database.db, "select key from operator where name = 'chief'")
  expect(await world.keys.holder(database.db, carl!.key)).toBeUndefined()
  expect(await world.verify()).toMatchObject({ ok: false })
})
