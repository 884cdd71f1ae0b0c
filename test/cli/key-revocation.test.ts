import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { openAuditReading } from '../../src/audit/read.ts'
import { addKeyRevocationCommand } from '../../src/cli/key-revocation.ts'
import { addRequestCommands } from '../../src/cli/requests.ts'
import { clientId, personKey } from '../../src/identity/identifiers.ts'
import { rows } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRing } from '../../src/signing/ring.ts'
import { openRotation } from '../../src/signing/rotation.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { deskWorld } from '../support/desk-world.ts'
import { testSealer } from '../support/keys.ts'
import { type OperatorsWorld, operatorsWorld, type Somebody } from '../support/operators.ts'

// A key leaked: one asks, another allows it, and both read what was still alive.

let database: TestDatabase
let world: OperatorsWorld
let desk: ReturnType<typeof deskWorld>
let first: string
const parties = ['revenue', 'social'].map((client) => ({ client, agency: client, alg: 'ES256' as const }))
const vaults = () =>
  [openDatabaseVault({ db: database.db, sealer: testSealer('signing'), clock: world.clock })] as const
beforeAll(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
  desk = deskWorld(database.db)
  await world.begin()
})
beforeEach(async () => {
  await rows(database.db, 'truncate signing_key, signing_private cascade')
  const { audit } = world.service
  const ring = openRing({ db: database.db, vaults: vaults(), audit, clock: world.clock })
  first = (await ring.enterFirstKey(database.db, { kind: 'service', part: 'start' }, true))!
  await ring.close()
})
afterAll(() => database.close())

async function run(who: Somebody, ...words: string[]): Promise<string> {
  const printed: string[] = []
  const parts = world.partsOf(who.signer())
  const { audit } = parts
  const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })
  const needs = {
    open: async () => ({
      ...desk,
      ...parts,
      clock: world.clock,
      rotation: openRotation({ vaults: vaults(), audit, clock: world.clock, waits, parties: async () => parties }),
      auditReading: openAuditReading({ sealer: testSealer('audit-payload'), audit }),
      actor: who.actor,
      close: async () => {},
    }),
    print: (line: string) => void printed.push(line),
    nextMaster: () => {
      throw new Error('there is no master key here')
    },
    input: Readable.from([]),
  }
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addKeyRevocationCommand(program, needs)
  addRequestCommands(program, needs)
  await program.parseAsync(words, { from: 'user' })
  return printed.join('\n')
}
const revoke = (kid = first) => run(world.anna, 'keys', 'revoke', kid, '--why', 'found on a laptop')
const numberIn = (text: string) => /Request (\d+)\./.exec(text)![1]!
const stateOf = async (kid: string) =>
  (await rows<{ state: string }>(database.db, 'select state from signing_key where kid = ?', [kid]))[0]?.state

test('a revoked key is reported with the agencies whose tokens were still alive', async () => {
  const give = (client: string) =>
    world.service.audit.append(database.db, {
      type: 'tokens.issued',
      actor: { kind: 'visitor' },
      client: clientId(client),
    })
  await give('long-ago')
  world.clock.advance(20 * 60_000)
  for (const client of ['revenue', 'revenue', 'social']) await give(client)
  const id = numberIn(await revoke(first.slice(0, 8)))
  expect(await stateOf(first)).toBe('signing')
  expect(await run(world.bob, 'requests', 'list')).toContain(`anna  the signing key ${first.slice(0, 10)} revoked`)
  await expect(run(world.anna, 'requests', 'approve', id)).rejects.toThrow('a key of their own')
  expect(await run(world.bob, 'requests', 'approve', id)).toMatch(
    new RegExp(
      `^Revoked ${first}: every node drops it within five seconds.\n[\\w-]{43} signs in its place.\n` +
        'Still alive when it was revoked, and refused from now on by whoever fetches the key set:\n  revenue  2 times\n  social  1 time\n' +
        'Everybody stays signed in.$',
    ),
  )
  expect(await stateOf(first)).not.toBe('signing')
  await expect(revoke()).rejects.toThrow('That key is removed')
  expect(await world.verify()).toMatchObject({ ok: true })
})

test('programs get the same report by --json', async () => {
  const asked = JSON.parse(await run(world.anna, 'keys', 'revoke', first, '--why', 'found on a laptop', '--json'))
  expect(asked).toEqual({ request: expect.any(String), kid: first, sessions: 'keep' })
  const id = asked.request
  const report = JSON.parse(await run(world.bob, 'requests', 'approve', id, '--json'))
  expect(report).toMatchObject({ kid: first, successor: expect.any(String), alive: expect.any(Array) })
})

test('people who were signed in at its agencies are signed out where that was asked for, and not else', async () => {
  const { live } = desk
  const note = (uid: string, client: string) =>
    live.note(database.db, {
      ...{ uid, person: personKey(systemRandom.uuid()), acr: 'low', amr: ['otp'], device: '' },
      ...{ idleEndsAt: world.clock.now() + 60_000, endsAt: world.clock.now() + 60_000 },
      party: { client: clientId(client) },
    })
  for (const client of ['revenue', 'social', 'elsewhere']) await note(`of ${client}`, client)
  const ask = (...more: string[]) => run(world.anna, 'keys', 'revoke', first, '--why', 'a laptop', ...more)
  const id = numberIn(await ask('--sessions', 'end'))
  expect(await run(world.bob, 'requests', 'list')).toContain('and the sessions at its agencies ended')
  const report = JSON.parse(await run(world.bob, 'requests', 'approve', id, '--json'))
  expect(report).toMatchObject({ kid: first, sessions_ended: 2 })
  expect(await live.listAt(database.db, clientId('elsewhere'))).toHaveLength(1)
  expect(await live.listAt(database.db, clientId('revenue'))).toEqual([])
})

test('a key that is changed in the request is not revoked in the other’s place', async () => {
  const id = numberIn(await revoke())
  const act = testSealer().seal(JSON.stringify({ kid: 'another' }), `operator_request|act|${id}`)
  await rows(database.db, 'update operator_request set act = ? where id = ?', [act, id])
  await expect(run(world.bob, 'requests', 'approve', id)).rejects.toThrow('not what its operator signed')
  expect(await stateOf(first)).toBe('signing')
})

test('a revocation that fails takes its approval back, and may be allowed again', async () => {
  const id = numberIn(await revoke())
  await rows(database.db, "alter table audit_event add constraint full_disk check (type <> 'key.revoked') not valid")
  await expect(run(world.bob, 'requests', 'approve', id)).rejects.toThrow('full_disk')
  await rows(database.db, 'alter table audit_event drop constraint full_disk')
  expect(await run(world.bob, 'requests', 'approve', id)).toContain('Revoked')
})

test('a key that there isn’t is not asked for, nor without a reason', async () => {
  await expect(revoke('nobody')).rejects.toThrow('no such key')
  await expect(run(world.anna, 'keys', 'revoke', first, '--why', ' ')).rejects.toThrow('Say why')
})
