import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'
import { commandOn } from './command.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: SignInWorld
let command: ReturnType<typeof commandOn>
beforeEach(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  command = commandOn(world)
})
afterEach(() => database.close())

async function oneSignIn() {
  const enrolled = await world.addEnrolled(CODE)
  await world.submit(CODE, world.wrong(enrolled.secret))
  await world.submit(CODE, enrolled.code())
  return enrolled
}

test('audit list tells what happened and not to whom, unless asked', async () => {
  const { person } = await oneSignIn()
  const plain = await command.run('audit', 'list')
  expect(plain.text.split('\n')).toHaveLength(3)
  expect(plain.text).toContain('sign-in.refused client=revenue request=world-1 by=visitor code=PRT-1201 method=totp')
  expect(plain.text).not.toContain(person)
  await expect(command.run('audit', 'list', '--persons', '--reason', ' ')).rejects.toThrow('needs a reason')
  const asked = await command.run('audit', 'list', '--persons', '--reason', 'complaint 114')
  expect(asked.text).toContain(person)
  expect((await command.run('audit', 'list', '--persons', '--reason', 'a check', '--json')).text).toContain(
    '"reason":"complaint 114"',
  )
  expect(command.closed()).toBe(3)
})

test('audit list --json is one object a line, narrowed by every filter', async () => {
  await oneSignIn()
  const { text } = await command.run('audit', 'list', '--json', '--type', 'sign-in.succeeded', '--client', 'revenue')
  expect(JSON.parse(text)).toMatchObject({ type: 'sign-in.succeeded', request: 'world-2', detail: { acr: 'low' } })
  world.clock.advance(3 * 3_600_000)
  expect((await command.run('audit', 'list', '--since', '4h', '--limit', '1')).text).toContain('audit.read')
  expect((await command.run('audit', 'list', '--since', '2026-11-22')).text).toBe('')
  expect((await command.run('audit', 'list', '--request', 'world-1')).text).toContain('PRT-1201')
})

test.each([
  ['--since', 'yesterday'],
  ['--since', '2026-11-21T09:00'],
  ['--type', 'sign-in'],
  ['--limit', '0'],
])('audit list %s %s is refused before anything is read', async (option, value) => {
  await expect(command.run('audit', 'list', option, value)).rejects.toMatchObject({ code: 'commander.invalidArgument' })
  expect(command.closed()).toBe(0)
})

test('audit verify says that nothing was changed, and fails when something was', async () => {
  await oneSignIn()
  expect(await command.run('audit', 'verify')).toEqual({
    text: '3 entries verified: nothing was changed.',
    failed: false,
  })
  await database.db.raw("update audit_event set client = 'revenuf' where request = 'world-1'")
  const broken = await command.run('audit', 'verify')
  expect(broken.failed).toBe(true)
  expect(broken.text).toMatch(/^entry \d+ does not verify: client\n1 of 4 entries do not verify\./)
  const json = await command.run('audit', 'verify', '--json')
  expect(JSON.parse(json.text)).toMatchObject({ ok: false, rows: 5, faulty: 1 })
  expect(json.failed).toBe(true)
})
