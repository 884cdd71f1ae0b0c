import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Visit } from '../../src/login/flow.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const CODE = thaiCode(1)
const PIN = '830174'

async function withPin() {
  const enrolled = await world.addEnrolled(CODE)
  const person = (await world.persons.find(database.db, 'TH', CODE))!
  const made = await world.pins.prepare(person, PIN)
  if (!made.ok) throw new Error(made.fault)
  await world.pins.set(database.db, made.ready, OPERATOR)
  return enrolled
}

const answer = (pin: string, more: Partial<Visit> = {}) => world.flow.submit(world.visit(more), 'totp', { pin })

describe('who has set a PIN', () => {
  test('is asked for it after a right code, and is in at substantial with both', async () => {
    const { person, code } = await withPin()
    expect(await world.submit(CODE, code())).toEqual({ step: 'ask', form: 'pin' })
    expect(await world.audited('sign-in.succeeded')).toEqual([])
    expect(await answer(PIN, { need: 'substantial' })).toMatchObject({
      step: 'signed-in',
      person,
      acr: 'substantial',
      amr: ['otp', 'pin', 'mfa', 'totp'],
    })
    expect(await world.audited('sign-in.succeeded')).toMatchObject([{ person }])
    expect(await rows(database.db, 'select sum(failures)::int as failures from throttle')).toEqual([{ failures: 0 }])
  })

  test('is never asked before the code was right', async () => {
    const { secret } = await withPin()
    expect(await world.submit(CODE, world.wrong(secret))).toMatchObject({ form: 'totp', trouble: { code: 'PRT-1201' } })
    expect(await answer(PIN)).toMatchObject({ step: 'refused', refusal: { code: 'PRT-2004' } })
  })

  test('can type it with spaces and Thai digits, and a slip counts nothing', async () => {
    const { code } = await withPin()
    await world.submit(CODE, code())
    expect(await answer('12345')).toMatchObject({ form: 'pin', trouble: { code: 'PRT-2006', field: 'pin' } })
    expect(await world.flow.submit(world.visit(), 'totp', {})).toEqual({ step: 'ask', form: 'pin' })
    expect(await rows(database.db, 'select sum(failures)::int as failures from throttle')).toEqual([{ failures: 0 }])
    expect(await answer(' ๘๓๐ ๑๗๔ ')).toMatchObject({ step: 'signed-in' })
  })

  test('finds the code used up at that moment, whoever types it elsewhere', async () => {
    const { code } = await withPin()
    const typed = code()
    expect(await world.submit(CODE, typed)).toMatchObject({ form: 'pin' })
    expect(await world.submit(CODE, typed)).toMatchObject({ trouble: { code: 'PRT-1202' } })
  })

  test('has five tries and then needs a new code; each wrong one says how many are left and nothing else', async () => {
    const { code } = await withPin()
    await world.submit(CODE, code())
    world.clock.advance(20_000)
    const said: unknown[] = []
    for (let n = 0; n < 5; n++) said.push(await answer('518302'))
    expect(said.slice(0, 4)).toEqual(
      [4, 3, 2, 1].map((left) => ({
        step: 'ask',
        form: 'pin',
        trouble: { code: 'PRT-2001', field: 'pin', values: { left } },
      })),
    )
    const until = world.clock.now() + 30_000
    const over = { code: 'PRT-2004', values: { left: 0, seconds: 30, until } }
    expect(said[4]).toEqual({ step: 'refused', refusal: over })
    expect(await answer(PIN)).toMatchObject({ refusal: { code: 'PRT-2004' } })
    // With the next code the wait for the PIN still runs, and is told as the PIN's.
    world.clock.advance(15_000)
    await world.submit(CODE, code())
    expect(await answer(PIN)).toMatchObject({ form: 'pin', trouble: { code: 'PRT-2002', values: { seconds: 15 } } })
    world.clock.advance(15_000)
    expect(await answer(PIN)).toMatchObject({ step: 'signed-in' })
    expect(await world.audited('sign-in.refused')).toHaveLength(6)
  })

  test('has five minutes', async () => {
    const { code } = await withPin()
    await world.submit(CODE, code())
    world.clock.advance(5 * 60_000)
    expect(await answer('518302')).toMatchObject({ trouble: { code: 'PRT-2001' } })
    world.clock.advance(1)
    expect(await answer(PIN)).toMatchObject({ refusal: { code: 'PRT-2004' } })
  })

  test('is in once for one question, of fifty answers at the same moment over two nodes', async () => {
    const { person, code } = await withPin()
    const second = signInWorld(database.another(), world.clock, 'second')
    await world.submit(CODE, code())
    const stored = await world.attempts.state(world.visit().interaction, 'totp')
    await second.attempts.keep(second.visit().interaction, 'totp', stored, null)
    const browsers = Array.from({ length: 10 }, () => world.knownBrowsers.add(undefined, person))
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const at = n % 2 ? world : second
        return at.flow.submit(at.visit({ browser: browsers[n % 10]! }), 'totp', { pin: PIN })
      }),
    )
    expect(outcomes.filter(({ step }) => step === 'signed-in')).toHaveLength(1)
    const others = outcomes.filter(({ step }) => step !== 'signed-in')
    expect(new Set(others.map((one) => (one.step === 'refused' ? one.refusal.code : one.step)))).toEqual(
      new Set(['PRT-2004']),
    )
    expect(await world.audited('sign-in.succeeded')).toHaveLength(1)
  })

  test('has it taken away while it is asked for: begins anew, and the code alone is low', async () => {
    const { person, code } = await withPin()
    await world.submit(CODE, code())
    await world.pins.remove(database.db, person, OPERATOR)
    expect(await answer(PIN)).toMatchObject({ refusal: { code: 'PRT-2004' } })
    world.clock.advance(30_000)
    expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in', acr: 'low' })
  })

  test('is held to their standing at the end', async () => {
    const { person, code } = await withPin()
    await world.submit(CODE, code())
    await world.persons.setStatus(database.db, person, 'suspended', { actor: OPERATOR, reason: 'test' })
    expect(await answer(PIN)).toMatchObject({ step: 'refused', refusal: { code: 'PRT-1101' } })
  })

  test('is not locked out by a thief of their codes: their own browser and other means still let them in', async () => {
    const { person, code } = await withPin()
    const mark = world.knownBrowsers.add(undefined, person)
    for (let n = 0; n < 1_000; n++) {
      if (n % 17 === 0) {
        world.clock.advance(3_600_000)
        await world.submit(CODE, code())
      }
      await answer('518302', { source: `192.0.2.${n % 100}` })
    }
    world.clock.advance(30_000)
    await world.submit(CODE, code())
    expect(await answer(PIN)).toMatchObject({ refusal: { code: 'PRT-2003' } })
    world.clock.advance(30_000)
    await world.submit(CODE, code(), { browser: mark })
    expect(await answer(PIN, { browser: mark })).toMatchObject({ step: 'signed-in' })
  }, 60_000)
})

describe('who has set none', () => {
  test('is in at low, and no page and no store comes between', async () => {
    const { code } = await world.addEnrolled(CODE)
    expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in', acr: 'low', amr: ['otp', 'totp'] })
    expect(world.storeAsked()).toBe(0)
  })

  test('is told what to do where a code alone will not do, after a right code only', async () => {
    const { person, secret, code } = await world.addEnrolled(CODE)
    const need = { need: 'substantial' } as const
    expect(await world.submit(CODE, world.wrong(secret), need)).toMatchObject({ trouble: { code: 'PRT-1201' } })
    const typed = code()
    expect(await world.submit(CODE, typed, need)).toEqual({ step: 'refused', refusal: { code: 'PRT-2005' } })
    expect(await world.submit(CODE, typed)).toMatchObject({ trouble: { code: 'PRT-1202' } })
    expect(await world.audited('sign-in.refused')).toMatchObject([{ person }, { person }, { person }])
  })
})
