import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { ANNA, BOB, type DeskWorld, deskWorld } from '../support/desk-world.ts'
import { thaiCode } from '../support/sign-in.ts'

// What one operator asks for and another allows.

let database: TestDatabase
let world: DeskWorld
let code = 0
beforeAll(async () => {
  database = await testDatabase()
  world = deskWorld(database.db)
})
afterAll(() => database.close())

const asked = async () => world.ask(await world.citizen(thaiCode(++code)))
const approve = (id: string, by = BOB) => world.requests.approve(database.db, id, by)
const refuse = (id: string, by = BOB) => world.requests.refuse(database.db, id, by)
const waiting = async () => (await world.requests.waiting(database.db)).map(({ id }) => id)

test('another operator allows it, once; all of it is on record', async () => {
  const { id, request } = await asked()
  expect(await waiting()).toContain(id)
  expect(request).toMatchObject({ askedBy: 'anna', reason: 'passport AA1234567 seen', kind: 'desk-passkey' })
  const at = world.clock.now()
  expect(await approve(id)).toMatchObject({ ok: true, request: { id, approved: { by: 'bob', at } } })
  expect(await waiting()).not.toContain(id)
  expect(await approve(id)).toEqual({ ok: false, because: 'decided' })
  expect(await approve(id, ANNA)).toEqual({ ok: false, because: 'decided' })
  expect(await refuse(id)).toEqual({ ok: false, because: 'decided' })
  for (const type of ['operators.asked', 'operators.approved'])
    expect(await world.audited(type)).toEqual([{ person: request.person, client: null, request: null }])
})

test('nobody allows what they asked for themselves, not past the code either', async () => {
  const { id } = await asked()
  expect(await approve(id, ANNA)).toEqual({ ok: false, because: 'own' })
  const past = rows(database.db, "update operator_request set approved_by = 'anna', approved_at = now() where id = ?", [
    id,
  ])
  await expect(past).rejects.toThrow('check')
  expect(await waiting()).toContain(id)
})

test('fifty who allow it at once: one does', async () => {
  const { id } = await asked()
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, n) => approve(id, { kind: 'operator', name: `operator ${n}` })),
  )
  expect(all.filter(({ ok }) => ok)).toHaveLength(1)
})

test('it can be allowed for a day', async () => {
  const { id } = await asked()
  const other = await asked()
  world.clock.advance(86_400_000 - 1)
  expect(await approve(id)).toMatchObject({ ok: true })
  world.clock.advance(1)
  expect(await approve(other.id)).toEqual({ ok: false, because: 'expired' })
  expect(await waiting()).not.toContain(other.id)
})

test('what was refused, or taken back, is over', async () => {
  const { id } = await asked()
  expect(await refuse(id)).toMatchObject({ ok: true, request: { refused: { by: 'bob' } } })
  expect(await approve(id)).toEqual({ ok: false, because: 'decided' })
  const own = await asked()
  expect(await refuse(own.id, ANNA)).toMatchObject({ ok: true, request: { refused: { by: 'anna' } } })
  expect(await approve(own.id)).toEqual({ ok: false, because: 'decided' })
})

test.each(['0', '-1', '999999', '1 or 1=1', '', '99999999999999999999'])('there is no request %j', async (id) => {
  expect(await approve(id)).toEqual({ ok: false, because: 'unknown' })
  expect(await world.requests.find(database.db, id)).toBeUndefined()
})

describe('the code of a desk', () => {
  const openDesk = (id: string, typed: string, browser = 'browser') =>
    world.requests.openDesk(database.db, id, typed, browser)

  test('opens nothing before it was allowed, and is not known to whoever allows', async () => {
    const { id, code: typed } = await asked()
    expect(await openDesk(id, typed)).toBeUndefined()
    expect(JSON.stringify(await approve(id))).not.toContain(typed)
    expect(await openDesk(id, typed)).toMatchObject({ id })
  })

  test('is 12 digits, lies nowhere in the clear, and opens one request', async () => {
    const [one, other] = [await asked(), await asked()]
    expect(one.code).toMatch(/^\d{12}$/)
    await approve(one.id)
    await approve(other.id)
    expect(await openDesk(other.id, one.code)).toBeUndefined()
    const [row] = await rows<{ text: string }>(
      database.db,
      'select r::text as text from operator_request r where id = ?',
      [one.id],
    )
    expect(row!.text).not.toContain(one.code)
    expect(row!.text).not.toContain(Buffer.from('AA1234567').toString('hex'))
  })

  test('opens once, in one of fifty browsers, within 15 minutes after the approval', async () => {
    const { id, code: typed } = await asked()
    await approve(id)
    world.clock.advance(15 * 60_000 - 1)
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => openDesk(id, typed, `browser ${n}`)))
    expect(all.filter((each) => each !== undefined)).toHaveLength(1)
    const first = all.findIndex((each) => each !== undefined)
    expect(await world.requests.atDesk(database.db, id, `browser ${first}`)).toMatchObject({ id })
    expect(await world.requests.atDesk(database.db, id, `browser ${first + 1}`)).toBeUndefined()
    world.clock.advance(2)
    expect(await world.requests.atDesk(database.db, id, `browser ${first}`)).toBeUndefined()
    const late = await asked()
    await approve(late.id)
    world.clock.advance(15 * 60_000)
    expect(await openDesk(late.id, late.code)).toBeUndefined()
  })
})

test('it is used once, and only after it was allowed', async () => {
  const { id, request } = await asked()
  expect(await world.requests.use(database.db, request)).toBe(false)
  await approve(id)
  const all = await Promise.all(Array.from({ length: 20 }, () => world.requests.use(database.db, request)))
  expect(all.filter(Boolean)).toHaveLength(1)
  expect(await world.requests.atDesk(database.db, id, 'browser')).toBeUndefined()
})

test('is forgotten after a year', async () => {
  const before = (await rows(database.db, 'select 1 from operator_request')).length
  expect(await world.requests.purge(database.db)).toBe(0)
  world.clock.advance(365 * 86_400_000 + 1)
  expect(await world.requests.purge(database.db)).toBe(before)
})
