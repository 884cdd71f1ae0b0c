import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { BOB, type DeskWorld, deskWorld } from '../support/desk-world.ts'
import { ORIGIN } from '../support/passkey-world.ts'
import { softAuthenticator } from '../support/passkeys.ts'
import { thaiCode } from '../support/sign-in.ts'

// A desk: opened by a code that two operators stand behind, closed by the passkey that was made there.

let database: TestDatabase
let world: DeskWorld
let code = 0
beforeAll(async () => {
  database = await testDatabase()
  world = deskWorld(database.db)
})
afterAll(() => database.close())

const device = softAuthenticator({ origin: ORIGIN })
const somebody = () => world.citizen(thaiCode(++code))
const allowed = async () => {
  const person = await somebody()
  const asked = await world.ask(person)
  await world.requests.approve(database.db, asked.id, BOB)
  return { ...asked, person }
}

test('a citizen without any means makes a passkey there that signs in at high', async () => {
  const person = await somebody()
  const visit = await world.opened(person)
  const asked = await world.desk.ask(visit)
  if (!asked.ok) throw new Error(asked.trouble.code)
  expect(asked.person.key).toBe(person.key)
  const key = device.make(asked.options)
  const kept = await world.desk.keep(visit, { answer: key.made, name: 'blue key' })
  expect(kept).toMatchObject({ ok: true, passkey: { seenAtDesk: true, deviceBound: true, name: 'blue key' } })
  const begun = await world.begin()
  const fields = { answer: key.answer(begun.options) }
  expect(await world.method.resume(begun.state, world.input(fields, 'high'))).toMatchObject({
    step: 'proved',
    proof: { assurance: 'high', code: thaiCode(code) },
  })
  expect((await world.audited('operators.used')).at(-1)).toMatchObject({ person: person.key })
  // The desk is closed.
  expect(await world.desk.ask(visit)).toEqual({ ok: false, trouble: { code: 'PRT-2203' } })
})

test('an answer that is not believed may be tried again, and leaves nothing', async () => {
  const person = await somebody()
  const visit = await world.opened(person)
  const question = async () => {
    const asked = await world.desk.ask(visit)
    if (!asked.ok) throw new Error(asked.trouble.code)
    return asked.options
  }
  const bad = device.make(await question(), { flags: 1 })
  expect(await world.desk.keep(visit, { answer: bad.made, name: '' })).toMatchObject({ trouble: { code: 'PRT-2109' } })
  expect(await world.desk.keep(visit, { answer: '', name: '' })).toMatchObject({ trouble: { code: 'PRT-2104' } })
  expect(await world.passkeys.list(database.db, person.key)).toEqual([])
  const good = device.make(await question())
  expect(await world.desk.keep(visit, { answer: good.made, name: '' })).toMatchObject({ ok: true })
})

test('two keys at once: one is kept', async () => {
  const person = await somebody()
  const visit = await world.opened(person)
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const asked = await world.desk.ask(visit)
      return asked.ok ? device.make(asked.options).made : ''
    }),
  )
  const kept = await Promise.all(answers.map((answer) => world.desk.keep(visit, { answer, name: '' })))
  expect(kept.filter(({ ok }) => ok)).toHaveLength(1)
  expect(kept.filter((each) => !each.ok && each.trouble.code === 'PRT-2203')).toHaveLength(9)
  expect(await world.passkeys.list(database.db, person.key)).toHaveLength(1)
})

test('another browser, an invented one and none at all see nothing', async () => {
  const { operatorRequest } = await world.opened(await somebody())
  const other = await world.opened(await somebody())
  for (const browser of [undefined, 'invented', other.browser])
    expect(await world.desk.ask(world.visit(operatorRequest, { browser }))).toEqual({
      ok: false,
      trouble: { code: 'PRT-2203' },
    })
})

test('a person who may not sign in gets none', async () => {
  const { id, code: typed, person } = await allowed()
  await world.persons.setStatus(database.db, person.key, 'suspended', { actor: BOB, reason: 'a test' })
  const opened = await world.desk.open(world.visit(id), typed)
  const browser = opened.ok ? opened.browser : undefined
  expect(await world.desk.ask(world.visit(id, { browser }))).toEqual({ ok: false, trouble: { code: 'PRT-1101' } })
})

describe('guesses at a code', () => {
  test('five are looked at before the first wait, 200 at once; then the right one must wait too', async () => {
    const { id, code: typed } = await allowed()
    const wrong = (n: number) => String((Number(typed) + n + 1) % 1e12).padStart(12, '0')
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        world.desk.open(world.visit(id, { source: `198.51.${n % 100}.7` }), wrong(n)),
      ),
    )
    const told = all.map((each) => (each.ok ? 'opened' : each.trouble.code))
    expect(told.filter((each) => each === 'PRT-2201')).toHaveLength(5)
    expect(told.filter((each) => each === 'PRT-2202')).toHaveLength(195)
    expect(await world.desk.open(world.visit(id), typed)).toMatchObject({ ok: false, trouble: { code: 'PRT-2202' } })
    world.clock.advance(31_000)
    expect(await world.desk.open(world.visit(id), typed)).toMatchObject({ ok: true })
  })

  test('fifty are looked at in all, however patient they are', async () => {
    const { id, code: typed } = await allowed()
    const wrong = (n: number) => String((Number(typed) + n + 1) % 1e12).padStart(12, '0')
    let looked = 0
    let stopped = 0
    for (let n = 0; n < 70; n++) {
      const opened = await world.desk.open(world.visit(id, { source: `203.0.${n}.7` }), wrong(n))
      if (!opened.ok && opened.trouble.code === 'PRT-2201') looked++
      else if (!opened.ok && opened.trouble.code === 'PRT-2202') stopped++
      const seconds = Number((!opened.ok && opened.trouble.values?.seconds) || 0)
      world.clock.advance(Math.min(seconds, 3_600) * 1_000 + 1)
    }
    expect([looked, stopped]).toEqual([50, 20])
  })

  test('cost nothing where they are no code, and unknown requests count alike', async () => {
    const { id, code: typed } = await allowed()
    for (let n = 0; n < 20; n++)
      expect(await world.desk.open(world.visit(id), '12345')).toMatchObject({ trouble: { code: 'PRT-2201' } })
    expect(await world.desk.open(world.visit(id), typed.replace(/(\d{4})/g, '$1 '))).toMatchObject({ ok: true })
    const told: string[] = []
    for (let n = 0; n < 7; n++) {
      const opened = await world.desk.open(world.visit('987654'), String(n).padStart(12, '0'))
      told.push(opened.ok ? 'opened' : opened.trouble.code)
    }
    expect(told).toEqual([...Array.from({ length: 5 }, () => 'PRT-2201'), 'PRT-2202', 'PRT-2202'])
  })
})
