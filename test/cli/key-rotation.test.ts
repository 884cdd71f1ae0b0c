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
    'Not before 2026-11-22T08:13Z: others may still rely on what they have fetched. Nothing was changed; --emergency skips the wait.',
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

test('a new key goes to named agencies first, and the list says how each takes it up', async () => {
  clock.advance(60_000)
  await keys('announce', ...WHY)
  const [{ kid: fresh }] = await json('list')
  clock.advance(waits.announced)
  expect((await keys('promote', '--agency', 'nobody', ...WHY)).refused).toBe(
    "nobody is no agency whose sites ask for that key's algorithm. Nothing was changed.",
  )
  expect((await keys('promote', '--agency', 'revenue', ...WHY)).text).toBe(`${fresh} signs for revenue now.`)
  expect((await json('list'))[0]).toMatchObject({ state: 'announced', signs_for: ['revenue'] })
  expect((await keys('list')).text).toContain('for 1 alone, 1 unknown')

  const seen = (kid: string, client: string, redeemed: number, returned: number, proved: number) =>
    rows(
      parts.db,
      `insert into key_uptake (kid, client, redeemed, returned, proved, proved_at) values (?, ?, ?, ?, ?, ?)
       on conflict (kid, client) do update set redeemed = excluded.redeemed, returned = excluded.returned`,
      [kid, client, redeemed, returned, proved, proved > 0 ? new Date(clock.now()) : null],
    )
  await seen(first, 'social', 200, 2, 100)
  await seen(fresh, 'revenue', 40, 0, 12)
  expect(await json('promote', fresh, ...WHY)).toEqual({ kid: fresh })
  expect((await keys('list')).text).toMatch(/signing .* 1 taken up, 1 not yet +database/)
  await seen(fresh, 'social', 9, 8, 0)
  await parts.rotation.judge(parts.db, OPERATOR)
  const { text } = await keys('list', '--agencies')
  expect(text).toMatch(/1 taken up, 1 went back/)
  expect(text).toMatch(/retiring .* for 1 alone/)
  expect(text.slice(text.indexOf('How'))).toBe(
    [
      `How agencies take up ${fresh.slice(0, 10)}:`,
      '  revenue  taken up 2026-11-22T08:12Z  40 codes, 0 followed at once by another sign-in',
      '  social  went back 2026-11-22T08:12Z  9 codes, 8 followed at once by another sign-in',
    ].join('\n'),
  )
  expect((await json('list'))[0].uptake).toContainEqual({
    ...{ client: 'social', standing: 'went-back', codes: 9, returned: 8, since: '2026-11-22T08:12Z' },
  })
  expect((await keys('verify')).text).toContain(`social went back to the key ${first.slice(0, 10)}`)
  clock.advance(waits.retiring)
  expect((await keys('retire', first, ...WHY)).refused).toBe(
    'It still signs for social: let another sign for them first (promote --agency). Nothing was changed.',
  )
  expect(await json('promote', fresh, '--agency', 'social', ...WHY)).toEqual({ kid: fresh, clients: ['social'] })
})

test('a key from which somebody went back signs for all others in an emergency alone', async () => {
  await keys('announce', ...WHY)
  const fresh = ((await json('list')) as { kid: string; state: string }[]).find(
    ({ state }) => state === 'announced',
  )!.kid
  clock.advance(waits.announced)
  await keys('promote', '--agency', 'revenue', ...WHY)
  const counts = [first, 'revenue', 50, 1, fresh, 'revenue', 6, 6]
  await rows(
    parts.db,
    'insert into key_uptake (kid, client, redeemed, returned) values (?, ?, ?, ?), (?, ?, ?, ?)',
    counts,
  )
  expect(await parts.rotation.judge(parts.db, OPERATOR)).toHaveLength(1)
  expect((await keys('promote', fresh, ...WHY)).refused).toBe(
    'revenue went back from that key. Nothing was changed; --emergency lets it sign for all others.',
  )
  expect((await keys('promote', fresh, '--emergency', ...WHY)).text).toBe(`${fresh} signs now.`)
})

test('every command of the ring speaks to programs too', () => {
  const program = new Command('pratu')
  addKeyRotationCommands(program, { open: async () => parts, print: () => {}, clock })
  const [ring] = program.commands
  const silent = ring!.commands.filter(({ options }) => !options.some(({ long }) => long === '--json'))
  expect(silent.map((command) => command.name())).toEqual([])
  expect(ring!.commands.map((command) => command.name())).toEqual(
    expect.arrayContaining(['list', 'announce', 'promote', 'retire', 'schedule', 'calendar', 'verify']),
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

test('a key whose name begins with a hyphen is named like any other, and a mistyped option is no name', async () => {
  const hyphen = `-${'x'.repeat(42)}`
  await keys('announce', ...WHY)
  const [one] = await rows<{ kid: string }>(
    database.db,
    'select kid from signing_key where announced_at is not null and signing_at is null limit 1',
  )
  await rows(database.db, 'update signing_key set kid = ? where kid = ?', [hyphen, one!.kid])
  for (const words of [
    ['promote', hyphen],
    ['promote', hyphen.slice(0, 10)],
    ['retire', hyphen],
  ])
    expect((await keys(...words, ...WHY)).refused).not.toMatch(/^usage|no key/)
  expect((await keys('promote', hyphen, '--emergenzy', ...WHY)).refused).toMatch(/^usage: error: too many arguments/)
})
