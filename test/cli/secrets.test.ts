import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { CommandRefused } from '../../src/cli/opened.ts'
import { addRequestCommands } from '../../src/cli/requests.ts'
import { addSecretsCommands } from '../../src/cli/secrets.ts'
import { rows } from '../../src/platform/db.ts'
import { nextMaster } from '../../src/platform/master-key.ts'
import { sealedWorld } from '../support/sealed-world.ts'
import type { TestService } from '../support/service.ts'

// The operator's words. The acts behind them are test/secrets'.

let world: TestService
let interrupt = () => {}
beforeAll(async () => {
  world = await sealedWorld()
  // Signed commands are test/cli/roles' matter.
  await rows(world.database.db, 'delete from operator')
})
afterAll(() => world.close())

const WHY = ['--why', 'the yearly review'] as const

async function secrets(...words: string[]) {
  const printed: string[] = []
  const errors = new PassThrough()
  let refused = ''
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  const { parts } = world.service
  addSecretsCommands(program, {
    open: async () => ({ ...parts, actor: { kind: 'operator', name: 'malee' } as const, close: async () => {} }),
    nextMaster: (path) => nextMaster({ folder: world.config.keys }, path),
    print: (line) => printed.push(line),
    errors,
    terminal: false,
    clock: world.clock,
    pause: async (ms) => world.clock.advance(ms),
    onInterrupt(interrupted) {
      interrupt = interrupted
      return () => {}
    },
  })
  await program.parseAsync(['secrets', ...words], { from: 'user' }).catch((error: Error) => {
    refused = error instanceof CommandRefused ? error.message : `usage: ${error.message}`
  })
  return { text: printed.join('\n'), refused, progress: String(errors.read() ?? '') }
}
const json = async (...words: string[]) => {
  const { text, refused } = await secrets(...words, '--json')
  if (refused) throw new Error(refused)
  return JSON.parse(text)
}

test('at first there is one version of each, and the list says so at a glance', async () => {
  const { text } = await secrets('list')
  expect(text).toMatch(/^secret +version +age +under a former one +next$/m)
  expect(text).toMatch(/^personal-data +1 +\d+ min$/m)
  expect(text).toMatch(/^pairwise-salt +1 +\d+ min +never changes$/m)
  expect(text).toMatch(/^master key [0-9a-f]{16}$/m)
})

test('a change wants a reason, and what never changes says why', async () => {
  expect((await secrets('rotate', 'cookies')).refused).toMatch(/^usage: .*--why/)
  expect((await secrets('rotate', 'cookies', '--why', ' ')).refused).toBe('Say why, for the record: --why "…".')
  expect((await secrets('rotate', 'pairwise-salt', ...WHY)).refused).toMatch(
    /^pairwise-salt never changes: every agency knows every citizen .* Nothing was changed\.$/,
  )
  expect((await secrets('schedule', 'pairwise-salt', '--every', '30', ...WHY)).refused).toMatch('never changes')
  expect((await secrets('schedule', 'personal-data', '--every', '30', ...WHY)).refused).toMatch(
    'an operator rotates it',
  )
  expect((await secrets('rotate', 'dpop', ...WHY)).refused).toMatch(/^usage: .*Allowed choices/)
})

test('where the next master key lies is no word about another secret: nothing is rotated', async () => {
  expect((await secrets('rotate', 'cookies', '--to', 'cookies.key', ...WHY)).refused).toMatch(
    /^--to is for the master key alone: .* Nothing was changed\.$/,
  )
  expect((await secrets('list')).text).toMatch(/^cookies +1 /m)
})

test('cookies: one command, and the former version goes by itself', async () => {
  const { text } = await secrets('rotate', 'cookies', ...WHY)
  expect(text).toMatch(
    /^Version 2 of cookies is in force on every node\.\nNext: the former one goes by itself .* \(in 13 h\)$/,
  )
  const early = await secrets('finish', 'cookies', ...WHY)
  expect(early.refused).toMatch(
    /^Not before .*; --emergency does it at once, and then everybody who is signed in signs in again\. Nothing was changed\.$/,
  )
  expect((await secrets('finish', 'cookies', '--emergency', ...WHY)).text).toMatch(
    /^Destroyed: version 1 of cookies\. .*\nWhat that breaks: everybody who is signed in signs in again\.$/,
  )
  expect((await secrets('finish', 'cookies', ...WHY)).refused).toMatch('no version of cookies before the one in force')
  expect((await secrets('schedule', 'cookies', '--every', '30', ...WHY)).text).toBe('cookies changes every 30 days.')
  expect((await secrets('list')).text).toMatch(/^cookies +2 +0 min +changes by itself .* \(in 30 days\)$/m)
})

test('personal data: rotate, reencrypt, finish; at each step the list says what comes next', async () => {
  expect((await secrets('rotate', 'personal-data', ...WHY)).text).toMatch('Next: pratu secrets reencrypt personal-data')
  const listed = (await json('list')).secrets.find(({ name }: { name: string }) => name === 'personal-data')
  expect(listed).toMatchObject({
    versions: [
      { version: 2, state: 'in force' },
      { version: 1, state: 'former' },
    ],
  })
  expect(listed.left).toMatchObject({ 'person.details': 3, 'credential.secret': 3, 'passkey.name': 3 })
  world.clock.advance(61_000)
  expect((await secrets('finish', 'personal-data', ...WHY)).refused).toMatch(
    /^Still under a former version: person\.details 3, .*\. First: pratu secrets reencrypt personal-data\./,
  )
  const done = await json('reencrypt', 'personal-data', ...WHY)
  expect(done).toMatchObject({ name: 'personal-data', left: {}, unreadable: {} })
  expect((await secrets('list')).text).toMatch(
    /^personal-data +2, 1 former +1 min +pratu secrets finish personal-data$/m,
  )
  expect((await secrets('finish', 'personal-data', ...WHY)).text).toMatch('Destroyed: version 1 of personal-data.')
})

test('the register’s index: how long it takes is said before it begins', async () => {
  expect((await secrets('reencrypt', 'blind-index', ...WHY)).refused).toBe('First: pratu secrets rotate blind-index')
  expect((await secrets('rotate', 'blind-index', ...WHY)).text).toMatch('Next: pratu secrets reencrypt blind-index')
  const { text, progress } = await secrets('reencrypt', 'blind-index', ...WHY)
  expect(progress).toMatch(
    /^3 persons are indexed anew: about \d+ s, by a sample\. People sign in meanwhile; imports are refused\.\n/,
  )
  expect(text).toMatch('All persons are indexed under version 2.')
  world.clock.advance(61_000)
  expect((await secrets('finish', 'blind-index', ...WHY)).text).toMatch('Destroyed: version 1 of blind-index.')
})

test('what nothing in the database is sealed with is not sealed anew', async () => {
  expect((await secrets('reencrypt', 'cookies', ...WHY)).refused).toBe(
    'Nothing in the database is sealed with cookies.',
  )
})

test('Ctrl-C ends it after the cells in hand, and says what was done', async () => {
  await secrets('rotate', 'audit-payload', ...WHY)
  const running = secrets('reencrypt', 'audit-payload', ...WHY)
  interrupt()
  const { text } = await running
  expect(text).toMatch(/^(Stopped; the same command goes on from here\.\n)?\d+ cells were sealed anew/)
})

/** What another allows. */
async function allow(asked: string): Promise<string> {
  const printed: string[] = []
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  const { parts } = world.service
  addRequestCommands(program, {
    open: async () => ({ ...parts, actor: { kind: 'operator', name: 'niran' } as const, close: async () => {} }),
    nextMaster: (path) => nextMaster({ folder: world.config.keys }, path),
    print: (line) => void printed.push(line),
    input: Readable.from([]),
  })
  await program.parseAsync(['requests', 'approve', /Request (\d+)\./.exec(asked)![1]!], { from: 'user' })
  return printed.join('\n')
}

test('the master key: both open, then the next alone', async () => {
  const begun = await secrets('rotate', 'master', ...WHY)
  expect(begun.text).toMatch(/^The next master key is [0-9a-f]{16}, in .*master\.new\.key\./)
  expect(await allow(begun.text)).toMatch(
    /^Every secret is sealed under the next master key too \([0-9a-f]{16}, in .*master\.new\.key\)\./,
  )
  await world.service.parts.secrets.refresh()
  expect((await secrets('list')).text).toMatch(
    /^master key [0-9a-f]{16}, next [0-9a-f]{16}: pratu secrets finish master$/m,
  )
  expect((await secrets('rotate', 'sessions', ...WHY)).refused).toMatch('The master key is being changed')
  expect((await secrets('finish', 'master', ...WHY)).text).toMatch('The former master key opens nothing here any more')
  expect((await secrets('finish', 'master', ...WHY)).refused).toMatch('No change of the master key is under way')
})

test('each act is on record with who and why', async () => {
  const { db, auditReading } = world.service.parts
  const found = await rows<{ type: string }>(
    db,
    `select distinct type from audit_event where type like 'secret.%' order by 1`,
  )
  expect(found.map(({ type }) => type)).toEqual([
    'secret.announced',
    'secret.dropped',
    'secret.in-force',
    'secret.indexed-anew',
    'secret.master-announced',
    'secret.master-changed',
    'secret.resealed',
    'secret.schedule-set',
  ])
  const read = await auditReading.read(
    db,
    { kind: 'operator', name: 'malee' },
    { type: 'secret.dropped', persons: true },
  )
  expect(read).toHaveLength(3)
  for (const { by, detail, actor } of read)
    expect({ by, detail, actor }).toMatchObject({
      by: 'operator',
      detail: { why: 'the yearly review' },
      actor: { name: 'malee' },
    })
})
