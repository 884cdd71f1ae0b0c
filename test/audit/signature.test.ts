import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Entry } from '../../src/audit/entry.ts'
import { eraseOld } from '../../src/audit/erase.ts'
import { openAuditLog } from '../../src/audit/log.ts'
import { argumentsDigest, publicKeyOf, type Signer } from '../../src/audit/signature.ts'
import { canonicalJson } from '../../src/formats/canonical-json.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testSealer } from '../support/keys.ts'
import { type OperatorsWorld, operatorsWorld, somebody } from '../support/operators.ts'

// Every entry of an operator is signed by their own key, before it can commit; and whoever verifies the log needs neither
// the command nor the table of operators to be honest.

let database: TestDatabase
let world: OperatorsWorld
beforeEach(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
})
afterEach(() => database.close())

const DETAIL = { why: 'a test' }
const entryOf = (name: string): Entry => ({
  type: 'client.disabled',
  actor: { kind: 'operator', name },
  detail: DETAIL,
})
const append = (signer: Signer | undefined, name = signer?.name ?? 'root') =>
  world.partsOf(signer).audit.append(database.db, entryOf(name))
const faults = async () => (await world.verify()).faults.map(({ what }) => what)
const count = async () =>
  Number((await rows<{ n: string }>(database.db, 'select count(*) as n from audit_event'))[0]!.n)
const sql = (text: string, values: readonly unknown[] = []) => rows(database.db, text, values)

describe('an operator’s entry', () => {
  test('is signed, verifies, and says with which command it was made, but not its words', async () => {
    await world.begin()
    const given = { arguments: ['TH', '1199900001012'], options: {} }
    await append(world.anna.signer({ command: 'persons set-status', given }))
    expect(await world.verify()).toMatchObject({ ok: true, signed: 1 })
    const [row] = await rows<{ event: string; salt: Buffer; payload: Buffer; signer: string; signature: Buffer }>(
      database.db,
      "select event, salt, payload, signer, signature from audit_event where type = 'client.disabled'",
    )
    expect(row!.signer).toBe(world.anna.key)
    expect(row!.signature).toHaveLength(64)
    const body = testSealer('audit-payload').open(row!.payload, `audit_event|payload|${row!.event}`).toString()
    expect(JSON.parse(body)).toMatchObject({
      actor: { kind: 'operator', name: 'anna', key: world.anna.key, command: 'persons set-status' },
    })
    // Whoever knows what was typed finds it again, and nothing else.
    const { arguments: typed } = JSON.parse(body).actor as { readonly arguments: string }
    expect(typed).toBe(argumentsDigest(row!.salt, canonicalJson(given)))
    expect(typed).not.toBe(argumentsDigest(row!.salt, canonicalJson({ ...given, options: { emergency: true } })))
    expect(body).not.toContain('1199900001012')
  })

  test('needs no signature while there is no operator, and none at all where somebody else acts', async () => {
    await append(undefined)
    await world.begin()
    const citizen: Entry = { type: 'sign-in.refused', actor: { kind: 'visitor' } }
    await world.partsOf(world.anna.signer()).audit.append(database.db, citizen, entryOf('anna'))
    expect(await world.verify()).toMatchObject({ ok: true, signed: 1 })
  })

  test('without a signature takes its act back with it, once there are operators', async () => {
    await world.begin()
    const before = await count()
    const act = transaction(database.db, async (tx) => {
      await rows(tx, 'create table done (it int)')
      await world.service.audit.append(tx, entryOf('root'))
    })
    await expect(act).rejects.toThrow('takes an operator’s signature')
    expect(await count()).toBe(before)
    expect(await sql("select to_regclass('done') as it")).toEqual([{ it: null }])
  })

  test.each<[string, (world: OperatorsWorld) => Promise<unknown>, string]>([
    ['whom nobody knows', async () => append(somebody('carl').signer()), 'no operator any more'],
    ['under another’s name', async ({ anna }) => append(anna.signer({ name: 'bob' })), 'no operator any more'],
    [
      'whose signature is of something else',
      async ({ anna }) => append(anna.signer({ sign: () => anna.signer().sign(Buffer.from('another command')) })),
      'does not verify',
    ],
    [
      'in a role that is not theirs',
      async ({ anna }) => append(anna.signer({ roles: ['pope'] })),
      'no longer has the role',
    ],
    ['for somebody else', async ({ anna }) => append(anna.signer(), 'bob'), 'signs for nobody else'],
  ])('of one %s is refused', async (_who, act, words) => {
    await world.begin()
    const before = await count()
    await expect(act(world)).rejects.toThrow(words)
    expect(await count()).toBe(before)
  })

  test('of one who was removed is refused at once, and what they signed before still verifies', async () => {
    await world.begin()
    const carl = somebody('carl')
    await transaction(database.db, async (tx) => {
      // As an approved request does it.
      const { requests } = world.partsOf(world.anna.signer())
      const act = { ...carl.as('key-keeper'), key: carl.key }
      const { request } = await requests.ask(tx, { kind: 'new-operator', act, reason: 'x', by: world.anna.actor })
      const bobs = world.partsOf(world.bob.signer())
      await bobs.requests.approve(tx, request.id, world.bob.actor)
      await bobs.operators.add(tx, carl.as('key-keeper'), { actor: world.bob.actor, operatorRequest: request.id })
    })
    await append(world.anna.signer())
    await append(carl.signer())
    const { operators } = world.partsOf(world.bob.signer())
    await operators.remove(database.db, 'anna', { actor: world.bob.actor, why: 'left' })
    await expect(append(world.anna.signer())).rejects.toThrow('no operator any more')
    expect(await world.verify()).toMatchObject({ ok: true, faults: [] })
  })

  test('waits for nobody’s removal, but a removal waits for it: which came first stands in the log', async () => {
    await world.begin()
    const { audit } = world.partsOf(world.anna.signer())
    let removal: Promise<unknown> | undefined
    await transaction(database.db, async (tx) => {
      await audit.append(tx, entryOf('anna'))
      removal = rows(database.another(), 'update operator set removed_at = now() where key = ?', [world.anna.key])
      const waiting = () =>
        rows(
          database.db,
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      while ((await waiting()).length === 0);
    })
    await removal
  })
})

describe('verify finds, by the log alone,', () => {
  beforeEach(async () => {
    await world.begin()
    await append(world.anna.signer())
    await append(world.bob.signer())
    expect(await faults()).toEqual([])
  })
  const ofAnna = 'signer = (select signer from audit_event where signer is not null order by id limit 1)'

  test('a signature that was taken away, changed, or moved from another entry', async () => {
    await sql(`update audit_event set signer = null, signature = null where ${ofAnna}`)
    expect(await faults()).toEqual(['signature: missing'])
    await sql('update audit_event set signer = ?, signature = ? where type = ? and signer is null', [
      world.anna.key,
      await world.anna.signer().sign(Buffer.from('replayed')),
      'client.disabled',
    ])
    expect(await faults()).toEqual(['signature'])
    await sql(
      'update audit_event set signature = (select signature from audit_event where signer = ?) where signer = ?',
      [world.bob.key, world.anna.key],
    )
    expect(await faults()).toEqual(['signature'])
  })

  test('an entry that another operator’s key signed', async () => {
    await sql(`update audit_event set signer = ? where ${ofAnna}`, [world.bob.key])
    expect(await faults()).toEqual(['signature: by another key than the entry says'])
  })

  test('an operator whom somebody wrote into the table, or out of it', async () => {
    const mallory = somebody('mallory')
    const sealer = testSealer('audit-payload')
    const record = sealer.seal(JSON.stringify({ ...mallory.as(), key: mallory.key }), `operator|record|${mallory.key}`)
    await sql('insert into operator (key, name, record, added_at) values (?, ?, ?, now())', [
      mallory.key,
      'mallory',
      record,
    ])
    await append(mallory.signer())
    expect(await faults()).toEqual([
      'signature: by a key that no operator has',
      'the table of operators is not what the log says of them',
    ])
    await sql("delete from operator where name = 'mallory'")
    await sql("update operator set removed_at = now() where name = 'bob'")
    expect(await faults()).toContain('the table of operators is not what the log says of them')
  })

  test('a row of the table that opens under nobody’s seal makes nobody an operator', async () => {
    const mallory = somebody('mallory')
    const [bobs] = await rows<{ record: Buffer }>(database.db, "select record from operator where name = 'bob'")
    for (const record of [bobs!.record, Buffer.from(JSON.stringify(mallory.as()))]) {
      await sql('delete from operator where key = ?', [mallory.key])
      await sql('insert into operator (key, name, record, added_at) values (?, ?, ?, now())', [
        mallory.key,
        'mallory',
        record,
      ])
      await expect(append(mallory.signer())).rejects.toThrow('no operator any more')
    }
  })

  test('what an operator signed after their removal, or under another name, past every command', async () => {
    const carl = somebody('carl')
    const carls = { name: 'carl', publicKey: publicKeyOf(carl.as().publicKey), roles: ['desk'] }
    // A program of their own, that finds everybody in force whom it likes.
    const keys = { ...world.keys, holder: async () => carls }
    const open = (signer: Signer) =>
      openAuditLog({
        sealer: testSealer('audit-payload'),
        clock: world.clock,
        random: systemRandom,
        operators: { keys, signer },
      })
    const log = open(carl.signer({ roles: ['desk'] }))
    await log.append(database.db, entryOf('carl'))
    expect(await faults()).toEqual(['signature: by a key that no operator has'])
    await sql("delete from audit_event where type = 'client.disabled'")
    const removed = { key: world.anna.key, name: 'anna', why: 'x' }
    const bobs = world.partsOf(world.bob.signer()).audit
    await bobs.append(database.db, { type: 'operator.removed', actor: world.bob.actor, detail: removed })
    await sql("update operator set removed_at = now() where name = 'anna'")
    Object.assign(carls, { name: 'anna', publicKey: publicKeyOf(world.anna.as().publicKey) })
    await open(world.anna.signer({ roles: ['desk'] })).append(database.db, entryOf('anna'))
    expect(await faults()).toEqual(['signature: by a key of anna that was removed before'])
    await bobs.append(database.db, { type: 'operator.removed', actor: world.bob.actor, detail: removed })
    expect((await faults()).at(-1)).toBe('operators: removed who was none')
    Object.assign(carls, { name: 'carl', publicKey: publicKeyOf(world.bob.as().publicKey) })
    await open(world.bob.signer({ roles: ['desk'], name: 'carl' })).append(database.db, entryOf('carl'))
    expect((await faults()).at(-1)).toBe('signature: under another name')
  })

  test('an unsigned act slipped in afterwards by whoever holds the service’s keys', async () => {
    const forged = openAuditLog({ sealer: testSealer('audit-payload'), clock: world.clock, random: systemRandom })
    await forged.append(database.db, entryOf('anna'))
    expect(await faults()).toEqual(['signature: missing'])
  })

  test('operators who were begun a second time, and goes on with them', async () => {
    await sql('delete from operator')
    const [xena, yves] = [somebody('xena'), somebody('yves')]
    const root = { kind: 'operator', name: 'root' } as const
    await world.service.operators.begin(database.db, [xena.as(), yves.as()], root)
    await append(xena.signer())
    expect(await faults()).toEqual(['operators: begun a second time'])
    await expect(append(world.anna.signer())).rejects.toThrow('no operator any more')
  })

  test('an approval by whoever asked, or of something else, forged past the requests', async () => {
    const anna = world.partsOf(world.anna.signer()).audit
    const about = { operatorRequest: '7', kind: 'recovery' }
    const approved = (digest: string): Entry => ({
      type: 'operators.approved',
      actor: world.anna.actor,
      detail: { ...about, digest },
    })
    await anna.append(database.db, approved('a'))
    expect(await faults()).toEqual(['operators: approved what nobody asked for'])
    const asked: Entry = { type: 'operators.asked', actor: world.anna.actor, detail: { ...about, digest: 'a' } }
    await anna.append(database.db, asked, approved('a'))
    expect((await faults()).at(-1)).toBe('operators: approved by whoever asked')
    const bobs: Entry = { ...approved('b'), actor: world.bob.actor }
    await world.partsOf(world.bob.signer()).audit.append(database.db, bobs)
    expect((await faults()).at(-1)).toBe('operators: approved something else than was asked for')
    const added: Entry = {
      type: 'operator.added',
      actor: world.bob.actor,
      detail: { operatorRequest: '8', ...somebody('z').as(), key: 'k' },
    }
    await world.partsOf(world.bob.signer()).audit.append(database.db, added)
    expect((await faults()).at(-1)).toBe('operators: added without an approval')
  })
})

test('after its payload was erased a signature still verifies, and who the operators are is not forgotten', async () => {
  await world.begin()
  await append(world.anna.signer())
  world.clock.advance(400 * 86_400_000)
  expect(await eraseOld(database.db, { audit: world.service.audit, clock: world.clock, retentionDays: 365 })).toBe(1)
  await append(world.bob.signer())
  expect(await world.verify()).toMatchObject({ ok: true, erased: 1, signed: 2 })
  await sql('update audit_event set signature = ? where payload is null', [
    await world.anna.signer().sign(Buffer.from('another')),
  ])
  expect(await faults()).toEqual(['signature'])
})
