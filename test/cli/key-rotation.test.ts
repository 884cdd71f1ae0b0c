import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { openAuditLog } from '../../src/audit/log.ts'
import { addKeyRotationCommands } from '../../src/cli/key-rotation.ts'
import { CommandRefused } from '../../src/cli/opened.ts'
import { rows } from '../../src/platform/db.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRing } from '../../src/signing/ring.ts'
import { openRotation } from '../../src/signing/rotation.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { OPERATOR } from '../support/relying-parties.ts'

const START = '2026-11-22T08:00:00Z'
const clock = testClock(START)
const audit = openAuditLog({ sealer: testSealer('audit-payload'), clock, random: testRandom('key commands') })
const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })

let database: TestDatabase
let parts: Parameters<typeof addKeyRotationCommands>[1] extends { open(): Promise<infer P> } ? P : never
let first: string
const parties = ['revenue', 'social'].map((client) => ({ client, agency: client, alg: 'ES256' as const }))
beforeAll(async () => {
  database = await testDatabase()
  const { db } = database
  const vaults = [openDatabaseVault({ db, sealer: testSealer('signing'), clock })] as const
  parts = {
    db,
    ring: openRing({ db, vaults, audit, clock }),
    rotation: openRotation({ vaults, audit, clock, waits, parties: async () => parties }),
    actor: OPERATOR,
    close: async () => {},
  }
})
beforeEach(async () => {
  clock.set(START)
  first = (await openRing({
    db: parts.db,
    vaults: [openDatabaseVault({ db: parts.db, sealer: testSealer('signing'), clock })],
    audit,
    clock,
  }).enterFirstKey(parts.db, OPERATOR, true))!
})
afterEach(() => rows(parts.db, 'truncate signing_key, signing_private, key_schedule, audit_event cascade'))
afterAll(() => database.close())

/** What an operator reads: the lines printed, or the refusal. */
async function keys(...words: string[]) {
  const printed: string[] = []
  let refused = ''
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addKeyRotationCommands(program, { open: async () => parts, print: (line) => printed.push(line), clock })
  await program.parseAsync(['keys', ...words], { from: 'user' }).catch((error: Error) => {
    refused = error instanceof CommandRefused ? error.message : `usage: ${error.message}`
  })
  return { text: printed.join('\n'), refused }
}
const json = async (...words: string[]) => {
  const { text, refused } = await keys(...words, '--json')
  if (refused) throw new Error(refused)
  return JSON.parse(text)
}
const WHY = ['--why', 'the yearly review'] as const

test('an operator takes a key through its life and sees at a glance where it stands', async () => {
  expect((await keys('list')).text).toMatch(
    new RegExp(
      `^key +alg +state +age +next +uptake +vault\n${first.slice(0, 10)}  ES256  signing  now  retiring 2027-02-20T08:00Z \\(in 90 days\\) +database$`,
    ),
  )
  clock.advance(60_000)
  const announced = await keys('announce', ...WHY)
  expect(announced.text).toMatch(/^Announced [\w-]{43}\.\nIt may sign from 2026-11-22T08:12Z \(in 12 min\)\.$/)
  const early = await keys('promote', ...WHY)
  expect(early.refused).toBe(
    'Not before 2026-11-22T08:12Z: others may still rely on what they have fetched. Nothing was changed; --emergency skips the wait.',
  )
  clock.advance(waits.announced)
  const [fresh] = (await json('list')) as { kid: string; state: string }[]
  expect(await json('promote', fresh!.kid.slice(0, 8), ...WHY)).toEqual({ kid: fresh!.kid })
  expect((await keys('retire', first.slice(0, 8), ...WHY)).refused).toMatch(/^Not before/)
  clock.advance(waits.retiring)
  expect((await keys('retire', first.slice(0, 8), ...WHY)).text).toBe(`${first} is no longer shown.`)
  expect(((await json('list')) as { state: string }[]).map(({ state }) => state)).toEqual(['signing', 'retired'])
  expect((await keys('verify')).text).toBe('The ring is whole: its keys sign, and what they sign verifies.')
  const why = await rows<{ type: string }>(parts.db, "select type from audit_event where type like 'key.%' order by id")
  expect(why.map(({ type }) => type)).toEqual(['key.created', 'key.announced', 'key.promoted', 'key.retired'])
})

test('in an emergency the command says what that breaks, and until when', async () => {
  await keys('announce', ...WHY)
  expect((await keys('promote', '--emergency', ...WHY)).text).toMatch(
    /signs now\.\nAgencies that hold an older key set refuse our tokens until they fetch it again: 2026-11-22T08:11Z \(in 12 min\) at the latest\.$/,
  )
})

test('the schedule is shown and changed, and the calendar follows it', async () => {
  expect((await keys('schedule')).text).toBe('A key signs for 90 days.')
  expect((await keys('calendar')).text).toBe(
    '2027-02-13T08:00Z  a new key is announced  ES256\n2027-02-20T08:00Z  the new key signs  ES256',
  )
  expect((await keys('schedule', '--every', '0', ...WHY)).text).toBe('Keys change only when an operator says so.')
  expect((await keys('calendar')).text).toBe('Nothing is planned.')
})

test('a change without a reason, of no key or of several, is refused', async () => {
  expect((await keys('announce')).refused).toContain('--why')
  expect((await keys('schedule', '--every', '30')).refused).toBe('Say why, for the record: --why "…".')
  expect((await keys('schedule', '--every', 'monthly', ...WHY)).refused).toContain('0 to 3650')
  expect((await keys('retire', 'nobody', ...WHY)).refused).toBe('There is no such key. Nothing was changed.')
  await keys('announce', ...WHY)
  expect((await keys('retire', '', ...WHY)).refused).toBe('2 keys begin with : say more of it.')
})

test('a machine that can’t open the key that signs is told so', async () => {
  await rows(parts.db, 'truncate signing_private')
  const ring = openRing({
    db: parts.db,
    vaults: [openDatabaseVault({ db: parts.db, sealer: testSealer('signing'), clock })],
    audit,
    clock,
  })
  const before = parts
  parts = { ...parts, ring }
  const { text, refused } = await keys('verify')
  parts = before
  expect([text, refused]).toEqual([
    `This machine can’t open the private half of the key that signs with ES256 (${first.slice(0, 10)}).`,
    'The key ring is not whole.',
  ])
})
