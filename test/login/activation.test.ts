import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { requestId } from '../../src/identity/identifiers.ts'
import { codeAt } from '../../src/methods/totp/code.ts'
import { displayActivationCode, newActivationCode } from '../../src/persons/activation-code.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom } from '../support/keys.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'
import { countStatements } from '../support/statements.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const CODE = thaiCode(1)
const DAY = 86_400_000
const activate = (person_code: string, code: string, source = '192.0.2.1') =>
  world.activation.submit({ fields: { person_code, code }, source, request: requestId('r') })

test('a letter gives a citizen a secret, once, and the secret signs them in', async () => {
  const person = await world.addPerson(CODE)
  const letter = await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(letter.expires.getTime()).toBe(world.clock.now() + 30 * DAY)
  const activated = await activate(CODE, displayActivationCode(letter.code))
  if (activated.step !== 'activated') throw new Error('not activated')
  expect(activated).toMatchObject({ scheme: 'TH', code: CODE })
  expect(await world.submit(CODE, codeAt(activated.secret, world.clock.now()).code)).toMatchObject({
    step: 'signed-in',
  })
  expect(await activate(CODE, letter.code)).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1501', field: 'code' } })
  expect(await world.audited('credential.letter-issued')).toMatchObject([{ person }])
  expect(await world.audited('credential.enrolled')).toMatchObject([{ person, request: 'r' }])
  expect(await world.audited('credential.activation-refused')).toMatchObject([{ person, request: 'r' }])
})

test('of fifty at once with the same letter one gets a secret', async () => {
  const person = await world.addPerson(CODE)
  const { code } = await world.credentials.issueLetter(database.db, person, OPERATOR)
  const made = await Promise.all(
    Array.from({ length: 50 }, () => world.credentials.activate(database.db, person, code)),
  )
  expect(made.filter(Boolean)).toHaveLength(1)
})

test('until it is used the former means stays in force, then it is gone', async () => {
  const { person, secret, code } = await world.addEnrolled(CODE)
  const letter = await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
  await activate(CODE, letter.code)
  world.clock.advance(30_000)
  expect(await world.submit(CODE, codeAt(secret, world.clock.now()).code)).toMatchObject({ step: 'ask' })
})

test('a second letter puts the first out of force, and after 30 days none works', async () => {
  const person = await world.addPerson(CODE)
  const first = await world.credentials.issueLetter(database.db, person, OPERATOR)
  const second = await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(await activate(CODE, first.code)).toMatchObject({ trouble: { code: 'PRT-1501' } })
  world.clock.advance(30 * DAY)
  expect(await activate(CODE, second.code)).toMatchObject({ trouble: { code: 'PRT-1501' } })
})

test('one person’s letter is nothing in another’s hands', async () => {
  const person = await world.addPerson(CODE)
  await world.addPerson(thaiCode(2))
  const { code } = await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(await activate(thaiCode(2), code)).toMatchObject({ trouble: { code: 'PRT-1501' } })
})

test('a slip of the pen counts nothing; guesses are counted, and known and unknown persons read and cost the same', async () => {
  const person = await world.addPerson(CODE)
  await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(await activate(CODE, '1111 1111 1111 1111')).toEqual({
    step: 'ask',
    trouble: { code: 'PRT-1501', field: 'code' },
  })
  expect(await rows(database.db, 'select 1 from throttle')).toEqual([])
  const guess = newActivationCode(testRandom('guess'))
  const tries = async (personCode: string) => {
    const statements = countStatements(database.db)
    const answers = []
    for (let n = 0; n < 8; n++) answers.push(await activate(personCode, guess))
    const asked = statements.count()
    statements.stop()
    return { answers, asked }
  }
  const known = await tries(CODE)
  expect(known.answers[0]).toMatchObject({ trouble: { code: 'PRT-1501', values: { left: 4 } } })
  expect(known.answers[5]).toMatchObject({ trouble: { code: 'PRT-1502', values: { seconds: 30 } } })
  expect(known.asked).toBeGreaterThan(8)
  expect(await tries(thaiCode(3))).toEqual(known)
})

test('who may not sign in may not activate', async () => {
  const person = await world.addPerson(CODE, 'deceased')
  const { code } = await world.credentials.issueLetter(database.db, person, OPERATOR)
  expect(await activate(CODE, code)).toMatchObject({ trouble: { code: 'PRT-1501' } })
})

test('used and expired letters are purged, a live one stays', async () => {
  const [first, second, third] = [
    await world.addPerson(thaiCode(1)),
    await world.addPerson(thaiCode(2)),
    await world.addPerson(thaiCode(3)),
  ]
  const { code } = await world.credentials.issueLetter(database.db, first, OPERATOR)
  await world.credentials.activate(database.db, first, code)
  await world.credentials.issueLetter(database.db, second, OPERATOR)
  world.clock.advance(30 * DAY)
  await world.credentials.issueLetter(database.db, third, OPERATOR)
  expect(await world.credentials.purge(database.db)).toBe(2)
  expect(await rows(database.db, 'select person from activation_letter')).toEqual([{ person: third }])
})

test('the letter’s code stands nowhere in the database', async () => {
  const person = await world.addPerson(CODE)
  const { code } = await world.credentials.issueLetter(database.db, person, OPERATOR)
  const dump = JSON.stringify(
    await rows(database.db, "select l::text, encode(code, 'escape') from activation_letter l"),
  )
  expect(dump).not.toContain(code)
})
