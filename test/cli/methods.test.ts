import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { openAuditLog } from '../../src/audit/log.ts'
import { openAuditReading } from '../../src/audit/read.ts'
import { addMethodsCommands } from '../../src/cli/methods.ts'
import { CommandRefused } from '../../src/cli/opened.ts'
import { METHOD_IDS } from '../../src/identity/identifiers.ts'
import { openSwitches, type Switches } from '../../src/login/switches.ts'
import { rows } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { OPERATOR } from '../support/relying-parties.ts'

const clock = testClock()
const sealer = testSealer('audit-payload')
const audit = openAuditLog({ sealer, clock, random: testRandom() })
let database: TestDatabase
let switches: Switches
beforeAll(async () => {
  database = await testDatabase()
  switches = openSwitches({ db: database.db, audit, clock })
  await rows(database.db, "insert into agency (id, name, officer, sector) values ('a', '{}', 'o', 's')")
  await rows(
    database.db,
    "insert into relying_party (id, agency, name, metadata, version) values ('tax', 'a', '{}', '{}', 1)",
  )
})
afterEach(() => rows(database.db, 'delete from method_switch'))
afterAll(async () => {
  await switches.close()
  await database.close()
})

/** What an operator reads: the lines printed, or the refusal. */
async function pratu(...words: string[]) {
  const printed: string[] = []
  let refused = ''
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addMethodsCommands(program, {
    open: async () => ({
      db: database.db,
      switches,
      clients: { find: (id) => (id === 'tax' ? {} : undefined) },
      actor: OPERATOR,
      close: async () => {},
    }),
    print: (line) => printed.push(line),
  })
  await program.parseAsync(['methods', ...words], { from: 'user' }).catch((error: Error) => {
    refused = error instanceof CommandRefused ? error.message : `usage: ${error.message}`
  })
  return { text: printed.join('\n'), refused }
}

test('every way is listed, with where and since when it is off and what people are told', async () => {
  const open = await pratu('list')
  expect(open.text.split('\n')).toHaveLength(METHOD_IDS.length)
  expect(open.text).toMatch(/^smart-card +not switched off$/m)
  const words = ['--reason-th', 'ปิดซ่อม', '--reason-en', 'Under repair', '--reason-et', 'Remondis']
  expect((await pratu('off', 'totp', '--why', 'a flaw', ...words)).text).toContain('totp is off for every agency')
  expect((await pratu('off', 'totp', '--why', 'a flaw', '--client', 'tax')).text).toContain('totp is off for tax')
  const { text } = await pratu('list')
  expect(text).toMatch(/^totp +off for every agency since 20\d\d-\d\d-\d\dT\d\d:\d\dZ$/m)
  expect(text).toMatch(/^ +th {2}ปิดซ่อม$/m)
  expect(text).toMatch(/^totp +off for tax since/m)
  expect(text).not.toMatch(/^totp +not/m)
})

test('on opens what was closed there, and says where it is still closed', async () => {
  await pratu('off', 'totp', '--why', 'a flaw')
  await pratu('off', 'totp', '--why', 'a flaw', '--client', 'tax')
  const { text } = await pratu('on', 'totp', '--why', 'repaired')
  expect(text).toContain('totp is open again for every agency')
  expect(text).toContain('It is still off for tax.')
  expect((await pratu('on', 'totp', '--why', 'repaired')).refused).toContain('not switched off for every agency')
  expect((await pratu('on', 'totp', '--why', 'repaired', '--client', 'tax')).text).toContain('open again for tax')
})

test('nothing happens without a why, all three languages, a way and an agency that there are', async () => {
  for (const [words, said] of [
    [['off', 'totp'], "required option '--why <text>'"],
    [['on', 'totp', '--why', ' '], 'needs --why'],
    [['off', 'telepathy', '--why', 'x'], 'no way of signing in called telepathy'],
    [['off', 'totp', '--why', 'x', '--client', 'nobody'], 'no site nobody'],
    [['off', 'totp', '--why', 'x', '--reason-en', 'Closed'], 'three languages'],
  ] as const)
    expect((await pratu(...words)).refused).toContain(said)
  expect(await switches.list(database.db)).toEqual([])
})

test('the record has who, why and the words', async () => {
  const words = ['--reason-th', 'ก', '--reason-en', 'b', '--reason-et', 'c']
  await pratu('off', 'smart-card', '--why', 'ROCA', '--client', 'tax', ...words)
  const reading = openAuditReading({ sealer, audit })
  const entries = await reading.read(database.db, OPERATOR, { persons: true, type: 'method.switched-off' })
  expect(entries.at(-1)).toMatchObject({
    actor: OPERATOR,
    client: 'tax',
    detail: { method: 'smart-card', why: 'ROCA', reason: { th: 'ก', en: 'b', et: 'c' } },
  })
})
