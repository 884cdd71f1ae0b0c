import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { PersonKey } from '../../src/identity/identifiers.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'
import { commandOn } from './command.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: SignInWorld
let cases: SignInWorld['cases']
let command: ReturnType<typeof commandOn>
let person: PersonKey
beforeEach(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  cases = world.cases
  command = commandOn(world)
  person = await world.addPerson(CODE)
})
afterEach(() => database.close())

const opened = (said: 'page' | 'link' = 'page') =>
  transaction(database.db, (tx) =>
    cases.open(tx, {
      person,
      said,
      about: { what: { type: 'sign-in.succeeded' } },
      actor: { kind: 'citizen', person },
    }),
  )

test('a case is listed without its person, shown with the look on record, and closed once with what came of it', async () => {
  const number = await opened()
  expect(number).toMatch(/^K-[2-9CDFGHJKMNPQRTVWX]{4}-[2-9CDFGHJKMNPQRTVWX]{4}$/)
  const { text } = await command.run('cases', 'list')
  expect(text).toContain(number)
  expect(text).not.toContain(person)

  const shown = await command.run('cases', 'show', number.toLowerCase().replaceAll('-', ' '))
  expect(shown.text).toContain('sign-in.succeeded')
  expect(shown.text).not.toContain(CODE)
  expect((await world.audited('person.read')).at(-1)).toMatchObject({ person })

  const closing = ['cases', 'close', number, '--outcome', 'his brother, who knew the PIN'] as const
  expect((await command.run(...closing)).text).toContain('closed.')
  expect((await command.run(...closing)).text).toContain('was closed already')
  expect((await command.run('cases', 'list')).text).toContain('No case is open')
  expect((await command.run('cases', 'list', '--all')).text).toContain(number)
  expect(await world.audited('case.closed')).toHaveLength(1)
  const kept = await rows<{ about: Buffer; outcome: Buffer }>(database.db, 'select about, outcome from own_case')
  expect(Buffer.concat([kept[0]!.about, kept[0]!.outcome]).toString('latin1')).not.toMatch(/brother|sign-in/)
})

test('what is wrong is said in one sentence: no such number, no outcome', async () => {
  await opened('link')
  await expect(command.run('cases', 'show', 'K-2222-2222')).rejects.toThrow(/no case of that number/)
  await expect(command.run('cases', 'close', 'K-2222-2222', '--outcome', ' ')).rejects.toThrow(/what came of it/)
})

test('what was closed two years ago is purged, and nothing else', async () => {
  const [old, recent] = [await opened(), await opened()]
  await command.run('cases', 'close', old, '--outcome', 'it was them')
  world.clock.advance(731 * 86_400_000)
  await command.run('cases', 'close', recent, '--outcome', 'it was them')
  expect(await cases.purge(database.db)).toBe(1)
  expect(await cases.list(database.db, true)).toMatchObject([{ number: recent }])
})
