import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { personKey } from '../../src/identity/identifiers.ts'
import type { Role } from '../../src/operators/operator.ts'
import type { Decided, OperatorRequest } from '../../src/operators/requests.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testSealer } from '../support/keys.ts'
import { type OperatorsWorld, operatorsWorld, type Somebody, somebody } from '../support/operators.ts'

// What one operator asks for and another allows, each by their own key: what an attacker with the database, or one of the
// two with patience, would try.

let database: TestDatabase
let world: OperatorsWorld
beforeEach(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
  await world.begin()
})
afterEach(() => database.close())

const ACT = { name: 'carl', key: 'k', publicKey: 'p', roles: ['desk'] }
const requestsOf = (who: Somebody) => world.partsOf(who.signer()).requests
async function ask(who = world.anna, act: typeof ACT = ACT): Promise<OperatorRequest> {
  const wish = { kind: 'new-operator', act, reason: 'a colleague', by: who.actor } as const
  return (await requestsOf(who).ask(database.db, wish)).request
}
const approve = (id: string, who = world.bob): Promise<Decided> => requestsOf(who).approve(database.db, id, who.actor)
const use = (request: OperatorRequest) => world.service.requests.use(database.db, request)
const change = (sql: string, values: readonly unknown[] = []) =>
  rows(database.db, `update operator_request set ${sql}`, values)
const sealed = (value: string, column: string, id: string) =>
  testSealer().seal(value, `operator_request|${column}|${id}`)
async function approved(): Promise<OperatorRequest> {
  const { id } = await ask()
  const decided = await approve(id)
  if (!decided.ok) throw new Error(decided.because)
  return decided.request
}
/** Added by the two, whatever they asked for besides. */
async function add(who: Somebody, ...roles: readonly Role[]): Promise<Somebody> {
  const act = { ...who.as(...roles), key: who.key }
  const { id } = await ask(world.anna, act as unknown as typeof ACT)
  const bobs = world.partsOf(world.bob.signer())
  await transaction(database.db, async (tx) => {
    await bobs.requests.approve(tx, id, world.bob.actor)
    await bobs.operators.add(tx, who.as(...roles), { actor: world.bob.actor, operatorRequest: id })
  })
  return who
}

test('two keys, one request: it is used once, and the log proves both', async () => {
  const request = await approved()
  expect(await use(request)).toBe(true)
  expect(await use(request)).toBe(false)
  expect(await world.verify()).toMatchObject({ ok: true, signed: 2 })
})

describe('it is not allowed', () => {
  test('by the same key, under whatever name', async () => {
    const { id } = await ask()
    expect(await approve(id, world.anna)).toEqual({ ok: false, because: 'own' })
    const { requests } = world.partsOf(world.anna.signer())
    expect(await requests.approve(database.db, id, world.bob.actor)).toEqual({ ok: false, because: 'own' })
    const act = change(
      "approved_by = 'bob', approved_at = now(), approved_key = asked_key, approved_signature = asked_signature",
    )
    await expect(act).rejects.toThrow('two_keys')
  })

  test('by one who hasn’t the role, or is no operator', async () => {
    const { id } = await ask()
    expect(await approve(id, await add(somebody('dora'), 'desk'))).toEqual({ ok: false, because: 'role' })
    expect(await approve(id, somebody('eve'))).toEqual({ ok: false, because: 'role' })
    expect(await world.service.requests.approve(database.db, id, { kind: 'operator', name: 'root' })).toEqual({
      ok: false,
      because: 'role',
    })
  })

  test('after a day, or when its asker is an operator no more', async () => {
    const late = await ask()
    world.clock.advance(86_400_000)
    expect(await approve(late.id)).toEqual({ ok: false, because: 'expired' })
    await add(somebody('dora'), 'key-keeper')
    const { id } = await ask()
    await world
      .partsOf(world.bob.signer())
      .operators.remove(database.db, 'anna', { actor: world.bob.actor, why: 'left' })
    expect(await approve(id)).toEqual({ ok: false, because: 'changed' })
  })

  test('twice: of fifty at once, by two operators, one does', async () => {
    const { id } = await ask()
    const dora = await add(somebody('dora'), 'key-keeper')
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => approve(id, n % 2 === 0 ? world.bob : dora)))
    expect(all.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['what is asked for', (id) => change('act = ?', [sealed('{"key":"mallory"}', 'act', id)])],
    ['the reason', (id) => change('reason = ?', [sealed('nothing to see', 'reason', id)])],
    ['the kind', () => change("kind = 'recovery'")],
    ['how long it may be allowed', () => change("expires_at = expires_at + interval '1 year'")],
    ['who asked', () => change("asked_by = 'eve'")],
    ['whose key asked', () => change('asked_key = ?', [world.bob.key])],
    ['the signature', () => change('asked_signature = ?', [Buffer.alloc(64)])],
    ['that it was signed at all', () => change('asked_key = null, asked_signature = null')],
  ])('once somebody changed %s', async (_what, changed) => {
    const { id } = await ask()
    await changed(id)
    const dora = await add(somebody('dora'), 'key-keeper', 'desk')
    expect(await approve(id, dora)).toMatchObject({ ok: false })
    expect(
      await rows(database.db, 'select 1 from operator_request where id = ? and approved_at is not null', [id]),
    ).toEqual([])
  })

  test('with the signature of another request', async () => {
    const [one, other] = [await ask(), await ask(world.anna, { ...ACT, roles: ['key-keeper'] })]
    await change('asked_signature = (select asked_signature from operator_request where id = ?) where id = ?', [
      one.id,
      other.id,
    ])
    expect(await approve(other.id)).toEqual({ ok: false, because: 'changed' })
    expect(await approve(one.id)).toMatchObject({ ok: true })
  })
})

describe('what was allowed is not carried out', () => {
  test.each<[string, (id: string) => Promise<unknown>]>([
    ['when it was changed after the approval', (id) => change('act = ?', [sealed('{"key":"mallory"}', 'act', id)])],
    [
      'on an approval that somebody wrote into the database',
      () => change('approved_signature = ?', [Buffer.alloc(64)]),
    ],
    ['on the asker’s signature in the place of an approval', () => change('approved_signature = asked_signature')],
    ['when the asker’s half was changed after it', () => change('asked_signature = ?', [Buffer.alloc(64)])],
    ['on one that nobody signed', () => change('approved_key = null, approved_signature = null')],
  ])('%s', async (_what, changed) => {
    const request = await approved()
    await changed(request.id)
    expect(await use(request)).toBe(false)
    const again = (await world.service.requests.find(database.db, request.id))!
    expect(await use(again)).toBe(false)
  })

  test('on the asker’s own approval, past the database’s own constraints', async () => {
    const { id, digest } = await ask()
    for (const { name } of await rows<{ name: string }>(
      database.db,
      "select conname as name from pg_constraint where conrelid = 'operator_request'::regclass and contype = 'c'",
    ))
      await rows(database.db, `alter table operator_request drop constraint ${name}`)
    const signature = await world.anna.signer().sign(Buffer.from(`pratu-operator-allows-v1 ${digest}`))
    const own = 'approved_by = asked_by, approved_at = now(), approved_key = asked_key, approved_signature = ?'
    await change(own, [signature])
    expect(await use((await world.service.requests.find(database.db, id))!)).toBe(false)
  })

  test('when what is about to be done is not what stands there', async () => {
    const request = await approved()
    expect(await use({ ...request, digest: '0'.repeat(64) })).toBe(false)
    expect(await use(request)).toBe(true)
  })

  test('when its asker hasn’t the role that it takes', async () => {
    const dora = await add(somebody('dora'), 'desk')
    const { id } = await ask(dora)
    expect(await approve(id)).toEqual({ ok: false, because: 'changed' })
  })

  test('when one of the two is an operator no more', async () => {
    const request = await approved()
    const dora = await add(somebody('dora'), 'key-keeper')
    await world.partsOf(dora.signer()).operators.remove(database.db, 'bob', { actor: dora.actor, why: 'key lost' })
    expect(await use(request)).toBe(false)
  })

  test('when it was asked for and allowed before there were operators', async () => {
    const before = await testDatabase()
    const early = operatorsWorld(before.db)
    const { requests } = early.service
    const wish = { kind: 'new-operator', act: ACT, reason: 'x', by: early.anna.actor } as const
    const { request } = await requests.ask(before.db, wish)
    expect(await requests.approve(before.db, request.id, early.bob.actor)).toMatchObject({ ok: true })
    await early.begin()
    expect(await requests.use(before.db, request)).toBe(false)
    await before.close()
  })
})

test('a desk opens on two signatures alone', async () => {
  const person = personKey('00000000-0000-4000-8000-000000000001')
  await rows(
    database.db,
    "insert into person (key, kind, status, details, changed_at) values (?, 'citizen', 'active', '', now())",
    [person],
  )
  const wish = { kind: 'desk-passkey', person, reason: 'passport seen', by: world.anna.actor } as const
  const { request, code = '' } = await requestsOf(world.anna).ask(database.db, wish)
  const open = () => world.service.requests.openDesk(database.db, request.id, code, 'browser')
  expect(await approve(request.id)).toMatchObject({ ok: true })
  const good = await rows<{ approved_signature: Buffer }>(
    database.db,
    'select approved_signature from operator_request',
  )
  await change('approved_signature = asked_signature')
  expect(await open()).toBeUndefined()
  await change('approved_signature = ?', [good[0]!.approved_signature])
  expect(await open()).toMatchObject({ person })
  expect(await world.service.requests.atDesk(database.db, request.id, 'browser')).toMatchObject({ person })
  await change('approved_signature = asked_signature')
  expect(await world.service.requests.atDesk(database.db, request.id, 'browser')).toBeUndefined()
})
