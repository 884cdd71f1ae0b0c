import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addPhoneCommands } from '../../src/cli/phones.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: SignInWorld
let person: Awaited<ReturnType<SignInWorld['addPerson']>>
beforeAll(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  person = await world.addPerson(CODE)
})
afterAll(() => database.close())
beforeEach(() => rows(database.db, 'delete from credential'))

async function run(sms: { prefixes: string[] } | undefined, ...words: string[]): Promise<string> {
  const printed: string[] = []
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addPhoneCommands(program, {
    open: async () => ({ ...world, actor: OPERATOR, config: sms ? { sms } : {}, close: async () => {} }),
    print: (line) => void printed.push(line),
    input: Readable.from([`${CODE}\n`]),
  })
  await program.parseAsync(['persons', ...words], { from: 'user' })
  return printed.join('\n')
}
const gateway = { prefixes: ['+66'] }
const phone = () => world.credentials.phone(database.db, person)

test('set-phone takes a number as it is typed at home, prints its end alone, and is on record', async () => {
  const said = await run(gateway, 'set-phone', 'TH', CODE, '081-234 5678')
  expect(said).toContain('•••• 5678')
  expect(said).not.toMatch(/081|8123/)
  expect(said).not.toContain(CODE)
  expect(await phone()).toBe('+66812345678')
  const events = await rows<{ type: string }>(database.db, 'select type from audit_event order by at desc limit 1')
  expect(events).toEqual([{ type: 'credential.enrolled' }])
})

test('set-phone refuses what is no number, and countries to which nothing is sent', async () => {
  await expect(run(gateway, 'set-phone', 'TH', CODE, '12')).rejects.toThrow('no telephone number')
  await expect(run(gateway, 'set-phone', 'TH', CODE, '+8821310000')).rejects.toThrow('+66 only')
  await expect(run(gateway, 'set-phone', 'TH', thaiCode(2), '0812345678')).rejects.toThrow('Nobody in the register')
  await expect(run(gateway, 'remove-phone', 'TH', thaiCode(2))).rejects.toThrow('Nobody in the register')
  const looked = await rows(database.db, "select person from audit_event where type = 'person.read'")
  expect(looked).toEqual([{ person: null }, { person: null }])
  expect(await phone()).toBeUndefined()
})

test('remove-phone takes it away, and says when there was none; a person code may come from standard input', async () => {
  expect(await run(undefined, 'set-phone', 'TH', '-', '+66812345678')).toContain('PRATU_SMS_GATEWAY')
  expect(await run(gateway, 'remove-phone', 'TH', CODE)).toContain('is removed')
  expect(await phone()).toBeUndefined()
  expect(await run(gateway, 'remove-phone', 'TH', CODE)).toContain('has no telephone')
})
