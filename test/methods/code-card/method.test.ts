import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Outcome, Visit } from '../../../src/login/flow.ts'
import type { Issued } from '../../../src/methods/code-card/cards.ts'
import { atOnce } from '../../../src/platform/at-once.ts'
import { rows } from '../../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../../support/sign-in.ts'
import { countStatements } from '../../support/statements.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const CODE = thaiCode(1)

async function withCard(code = CODE) {
  const person = await world.addPerson(code)
  return { person, card: await world.codeCards.issue(database.db, person, OPERATOR) }
}

const submit = (fields: Record<string, string>, more: Partial<Visit> = {}, at = world) =>
  at.withCards.submit(at.visit(more), 'code-card', fields)

/** Names the person. @returns the number that is asked for. */
async function asked(code = CODE, more: Partial<Visit> = {}, at = world): Promise<number> {
  const outcome = await submit({ person_code: code }, more, at)
  return numberIn(outcome)
}

function numberIn(outcome: Outcome): number {
  const show = outcome.step === 'ask' ? (outcome.show as { number?: number } | undefined) : undefined
  if (show?.number === undefined) throw new Error(`no number is asked for: ${JSON.stringify(outcome)}`)
  return show.number
}

const right = ({ codes }: Issued, number: number): string => codes[number - 1]!
const wrong = ({ codes }: Issued, number: number): string =>
  String((Number(codes[number - 1]) + 1) % 1_000_000).padStart(6, '0')

async function signIn(card: Issued, more: Partial<Visit> = {}): Promise<Outcome> {
  const number = await asked(CODE, more)
  return submit({ code: right(card, number) }, more)
}

async function setPin(pin: string): Promise<void> {
  const person = (await world.persons.find(database.db, 'TH', CODE))!
  const made = await world.pins.prepare(person, pin)
  if (!made.ok) throw new Error(made.fault)
  await world.pins.set(database.db, made.ready, OPERATOR)
}

describe('a card', () => {
  test('signs in by the code of the number that is asked for, each once', async () => {
    const { person, card } = await withCard()
    expect(await world.withCards.begin(world.visit(), 'code-card')).toEqual({ step: 'ask', form: 'code-card' })
    const number = await asked()
    const typed = ` ${right(card, number).slice(0, 3)} ${right(card, number).slice(3)}`
    expect(await submit({ code: typed })).toMatchObject({
      step: 'signed-in',
      person,
      acr: 'low',
      amr: ['otp', 'code-card'],
    })
    const next = await asked()
    expect(next).not.toBe(number)
    expect(await submit({ code: right(card, number) })).toMatchObject({ trouble: { code: 'PRT-2020' } })
    expect(await submit({ code: right(card, next) })).toMatchObject({ step: 'signed-in' })
    expect(await world.audited('sign-in.succeeded')).toHaveLength(2)
  })

  test('is asked for the same number until it is answered rightly: no shopping for another', async () => {
    const { card } = await withCard()
    const number = await asked()
    for (let n = 0; n < 3; n++) {
      expect(await submit({ code: wrong(card, number) })).toMatchObject({
        show: { number },
        trouble: { code: 'PRT-2020', field: 'code', values: { left: 4 - n } },
      })
      expect(await asked(CODE, { interaction: `other-${n}` as Visit['interaction'] })).toBe(number)
      world.clock.advance(86_400_000)
    }
    expect(await asked()).toBe(number)
  })

  test('forgives no other number’s code, and a slip of the finger counts nothing', async () => {
    const { card } = await withCard()
    const number = await asked()
    for (const code of ['', '12345', '1234567', '12a456'])
      expect(await submit({ code })).toMatchObject({ show: { number }, trouble: { code: 'PRT-2023' } })
    expect(await rows(database.db, 'select 1 from throttle')).toEqual([])
    expect(await submit({ code: right(card, (number % 80) + 1) })).toMatchObject({ trouble: { code: 'PRT-2020' } })
  })

  test('one code in fifty attempts at the same moment over two nodes: one sign-in', async () => {
    const { person, card } = await withCard()
    const second = signInWorld(database.another(), world.clock, 'second')
    const browsers = Array.from({ length: 10 }, () => world.knownBrowsers.add(undefined, person))
    const doors = Array.from({ length: 50 }, (_, n) => ({
      at: n % 2 ? world : second,
      more: { browser: browsers[n % 10]!, interaction: `door-${n}` as Visit['interaction'] },
    }))
    const numbers = await Promise.all(doors.map(({ at, more }) => asked(CODE, more, at)))
    expect(new Set(numbers).size).toBe(1)
    const code = right(card, numbers[0]!)
    const outcomes = await Promise.all(doors.map(({ at, more }) => submit({ code }, more, at)))
    expect(outcomes.filter(({ step }) => step === 'signed-in')).toHaveLength(1)
    const losers = outcomes.flatMap((one) => (one.step === 'ask' ? [one.trouble?.code] : []))
    expect(losers).toHaveLength(49)
    expect(new Set(losers)).toEqual(new Set(['PRT-2024']))
    expect(await rows(database.db, 'select cardinality(unused) as left from code_card')).toEqual([{ left: 79 }])
  })

  test('lies in the database as keyed hashes, and a used code leaves nothing', async () => {
    const { card } = await withCard()
    const before = await rows<{ text: string; codes: Buffer }>(
      database.db,
      'select k::text as text, codes from code_card k',
    )
    for (const code of card.codes) expect(before[0]!.codes.includes(Buffer.from(code))).toBe(false)
    const number = await asked()
    await submit({ code: right(card, number) })
    const [after] = await rows<{ codes: Buffer }>(database.db, 'select codes from code_card')
    expect(after!.codes.subarray((number - 1) * 16, number * 16)).toEqual(Buffer.alloc(16))
    const others = (codes: Buffer) => Buffer.concat([codes.subarray(0, (number - 1) * 16), codes.subarray(number * 16)])
    expect(others(after!.codes)).toEqual(others(before[0]!.codes))
  })

  test('with a PIN is substantial, and its page says how many codes are left', async () => {
    const { person, card } = await withCard()
    await setPin('830174')
    const need = { need: 'substantial' } as const
    const number = await asked(CODE, need)
    expect(await submit({ code: right(card, number) }, need)).toEqual({
      step: 'ask',
      form: 'pin',
      show: { codesLeft: 79, newCard: false },
    })
    expect(await submit({ pin: '830174' }, need)).toMatchObject({
      step: 'signed-in',
      person,
      acr: 'substantial',
      amr: ['otp', 'pin', 'mfa', 'code-card'],
    })
  })

  test('tells how many codes are left in a browser that has signed the person in, and to no other', async () => {
    const { card } = await withCard()
    const first = await signIn(card)
    if (first.step !== 'signed-in') throw new Error('not signed in')
    const mine = await submit({ person_code: CODE }, { browser: first.knownBrowser })
    expect(mine).toMatchObject({ show: { left: 79, newCard: false } })
    const strange = await submit({ person_code: CODE })
    expect(strange).toEqual({ step: 'ask', form: 'code-card', show: { number: numberIn(mine) } })
  })
})

describe('a new card', () => {
  test('is announced at twenty codes left, to the person and on the operator’s list, until it is on its way', async () => {
    const { person, card } = await withCard()
    const first = await signIn(card)
    if (first.step !== 'signed-in') throw new Error('not signed in')
    await rows(database.db, 'update code_card set unused = unused[1:21]')
    const here = { browser: first.knownBrowser }
    expect(await submit({ person_code: CODE }, here)).toMatchObject({ show: { left: 21, newCard: false } })
    expect(await world.codeCards.low(database.db)).toEqual([])
    expect(await signIn(card, here)).toMatchObject({ step: 'signed-in' })
    expect(await submit({ person_code: CODE }, here)).toMatchObject({ show: { left: 20, newCard: true } })
    expect(await world.codeCards.low(database.db)).toEqual([{ person, serial: card.serial, left: 20 }])
    const next = await world.codeCards.issue(database.db, person, OPERATOR)
    expect(next.next).toBe(true)
    expect(await world.codeCards.low(database.db)).toEqual([])
    expect(await submit({ person_code: CODE }, here)).toMatchObject({ show: { left: 20, newCard: false } })
  })

  test('takes the place of the one in use when its first code is used; until then the former works', async () => {
    const { person, card } = await withCard()
    expect(await signIn(card)).toMatchObject({ step: 'signed-in' })
    const next = await world.codeCards.issue(database.db, person, OPERATOR)
    expect(await signIn(card)).toMatchObject({ step: 'signed-in' })
    expect(await rows(database.db, 'select waiting from code_card order by waiting')).toEqual([
      { waiting: false },
      { waiting: true },
    ])
    expect(await signIn(next)).toMatchObject({ step: 'signed-in' })
    expect(await rows(database.db, 'select serial, waiting, cardinality(unused) as left from code_card')).toEqual([
      { serial: next.serial, waiting: false, left: 79 },
    ])
    expect(await signIn(card)).toMatchObject({ trouble: { code: 'PRT-2020' } })
    expect(await signIn(next)).toMatchObject({ step: 'signed-in' })
  })

  test('for a lost one makes every code of that worthless at once, and lifts the waits', async () => {
    const { person, card } = await withCard()
    await signIn(card)
    const waiting = await world.codeCards.issue(database.db, person, OPERATOR)
    const number = await asked()
    for (let n = 0; n < 6; n++) await submit({ code: wrong(card, number) })
    expect(await submit({ code: right(card, number) })).toMatchObject({ trouble: { code: 'PRT-2021' } })
    const fresh = await world.codeCards.issue(database.db, person, OPERATOR, true)
    expect(fresh.next).toBe(false)
    for (const old of [card, waiting]) expect(await signIn(old)).toMatchObject({ trouble: { code: 'PRT-2020' } })
    expect(await signIn(fresh)).toMatchObject({ step: 'signed-in' })
    expect(await world.audited('credential.card-issued')).toHaveLength(3)
  })

  test('replaces one that waits, which nobody can use then', async () => {
    const { person, card } = await withCard()
    const second = await world.codeCards.issue(database.db, person, OPERATOR)
    expect(second.next).toBe(false)
    expect(await signIn(card)).toMatchObject({ trouble: { code: 'PRT-2020' } })
    expect(await signIn(second)).toMatchObject({ step: 'signed-in' })
  })

  test('whose former is used up is asked for by itself', async () => {
    const { person, card } = await withCard()
    await rows(database.db, 'update code_card set unused = unused[1:1]')
    await signIn(card)
    const next = await world.codeCards.issue(database.db, person, OPERATOR)
    expect(await signIn(next)).toMatchObject({ step: 'signed-in' })
  })
})

test('a revoked card signs nobody in, whoever revokes it and whatever is left in its table', async () => {
  const { person, card } = await withCard()
  const number = await asked()
  await world.credentials.revoke(database.db, person, 'code-card', OPERATOR)
  expect(await rows(database.db, 'select 1 from code_card')).toHaveLength(1)
  expect(await submit({ code: right(card, number) })).not.toMatchObject({ step: 'signed-in' })
  expect(await world.codeCards.purge(database.db)).toBe(1)
  expect(await world.codeCards.revoke(database.db, person, OPERATOR)).toBe(false)
})

test('a code that was right a moment before the card was revoked is used by nobody', async () => {
  const { person, card } = await withCard()
  const sought = await world.codeCards.seek(database.db, 'TH', CODE)
  const line = sought.matching(right(card, sought.number))!
  await world.credentials.revoke(database.db, person, 'code-card', OPERATOR)
  expect(await atOnce(database.db, { when: [line.use], acts: line.acts })).toBeUndefined()
})

test('stands beside the other means under its number, and goes by its own id', async () => {
  const { person, card } = await withCard()
  const { keeper } = world.codeCards
  const [held] = await keeper.list(database.db, person)
  expect(held).toMatchObject({ kind: 'code-card', by: 'desk', confirmed: 'desk' })
  expect(held!.label).toBe(`${card.serial.replace(/(....)(...)(...)/, '$1 $2 $3')} · 80`)
  expect(await keeper.remove(database.db, person, held!.id, { actor: OPERATOR })).toBe(true)
  expect(await keeper.list(database.db, person)).toEqual([])
})

describe('who has no card', () => {
  test('is asked for a number that stays, changes after days, and is the same on every node', async () => {
    const second = signInWorld(database.another(), world.clock, 'second')
    await world.addPerson(thaiCode(2))
    for (const code of [thaiCode(2), thaiCode(3)]) {
      const number = await asked(code)
      expect(await asked(code)).toBe(number)
      expect(await asked(code, {}, second)).toBe(number)
    }
    const seen = new Set<number>()
    for (let day = 0; day < 120; day++) {
      seen.add(await asked(thaiCode(3)))
      world.clock.advance(86_400_000)
    }
    expect(seen.size).toBeGreaterThan(2)
    expect(seen.size).toBeLessThan(45)
  })

  test('reads and costs the same as who has one, known or not', async () => {
    await withCard()
    await world.addPerson(thaiCode(2))
    const { db } = database
    async function tries(code: string) {
      const counted = countStatements(db)
      const number = await asked(code)
      const answers: unknown[] = []
      for (let n = 0; n < 12; n++) {
        const outcome = await submit({ code: '000000' }, { source: `192.0.2.${n}` })
        answers.push({ ...outcome, show: undefined, same: numberIn(outcome) === number })
      }
      const statements = counted.count()
      counted.stop()
      return { answers, statements }
    }
    const holder = await tries(CODE)
    expect(holder.statements).toBeGreaterThan(12)
    expect(holder.answers[0]).toMatchObject({ trouble: { code: 'PRT-2020', values: { left: 4 } }, same: true })
    expect(holder.answers[5]).toMatchObject({ trouble: { code: 'PRT-2021' } })
    for (const code of [thaiCode(2), thaiCode(3)]) expect(await tries(code)).toEqual(holder)
  })

  test('gets in with nothing, and is stopped like anybody at the fiftieth', async () => {
    const number = await asked(thaiCode(3))
    expect(number).toBeGreaterThan(0)
    await submit({ code: '000000' })
    await rows(database.db, 'update throttle set failures = 49')
    expect(await submit({ code: '000000' })).toMatchObject({ step: 'refused', refusal: { code: 'PRT-2022' } })
  })
})

test('an attacker’s thousand failures at the card leave the person their one-time code', async () => {
  const { person } = await withCard()
  const { secret } = await world.credentials.enrolTotp(database.db, person, OPERATOR)
  await asked()
  for (let n = 0; n < 1_000; n++) {
    await submit({ code: '000000' }, { source: `192.0.2.${n % 200}` })
    if (n % 17 === 0) world.clock.advance(3_600_000)
  }
  const { codeAt } = await import('../../../src/methods/totp/code.ts')
  expect(await world.submit(CODE, codeAt(secret, world.clock.now()).code)).toMatchObject({ step: 'signed-in', person })
}, 60_000)
