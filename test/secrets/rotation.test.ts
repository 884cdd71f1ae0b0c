import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { whileSealing } from '../../src/platform/bulk-sealing.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { versionBinding } from '../../src/platform/secrets.ts'
import { BY, openSecretsWorld, type SecretsWorld, type TestProcess } from '../support/secrets.ts'

let world: SecretsWorld
let node: TestProcess
let rotation: ReturnType<SecretsWorld['rotationOf']>
beforeEach(async () => {
  world = await openSecretsWorld()
  node = await world.start()
  rotation = world.rotationOf(node)
})
afterEach(() => world.close())

const HOUR = 3_600_000
const SYSTEM = { kind: 'service', part: 'schedule' } as const
const of = async (name: string) => (await rotation.list(world.db)).find((one) => one.name === name)!
const states = async (name: string) => (await of(name)).versions.map(({ version, state }) => `${version} ${state}`)

async function rotate(name: Parameters<typeof rotation.announce>[1]): Promise<void> {
  expect((await rotation.announce(world.db, name, BY)).ok).toBe(true)
  expect((await rotation.bringIntoForce(world.db, name, BY)).ok).toBe(true)
}

test('a secret goes from one version to the next, and each step is on record with who and why', async () => {
  await rotation.announce(world.db, 'cookies', BY)
  expect(await states('cookies')).toEqual(['2 announced', '1 in force'])
  await rotation.bringIntoForce(world.db, 'cookies', BY)
  expect(await states('cookies')).toEqual(['2 in force', '1 former'])
  world.clock.advance(13 * HOUR)
  expect(await rotation.drop(world.db, 'cookies', BY)).toEqual({ ok: true, versions: [1] })
  expect(await states('cookies')).toEqual(['2 in force'])
  const types = await rows<{ type: string }>(world.db, 'select type from audit_event order by id')
  expect(types.map(({ type }) => type)).toEqual(['secret.announced', 'secret.in-force', 'secret.dropped'])
  expect(await rows(world.db, `select from secret_wrap where name = 'cookies'`)).toHaveLength(1)
})

test('the pairwise salt never changes, and says why', async () => {
  expect(await rotation.announce(world.db, 'pairwise-salt', BY)).toMatchObject({
    because: 'never',
    reason: expect.stringContaining('see all of them as strangers'),
  })
  expect(await rotation.setSchedule(world.db, 'pairwise-salt', 30, BY)).toMatchObject({ because: 'never' })
})

test('fifty operators at once make one version', async () => {
  const all = await Promise.all(Array.from({ length: 50 }, () => rotation.announce(world.db, 'cookies', BY)))
  expect(all.filter(({ ok }) => ok)).toHaveLength(1)
  const forced = await Promise.all(Array.from({ length: 50 }, () => rotation.bringIntoForce(world.db, 'cookies', BY)))
  expect(forced.filter(({ ok }) => ok)).toHaveLength(1)
  expect(await states('cookies')).toEqual(['2 in force', '1 former'])
})

describe('a version comes into force', () => {
  test('when every process that runs holds it, and names those that don’t', async () => {
    const other = await world.start()
    await rotation.announce(world.db, 'personal-data', BY)
    const refused = await rotation.bringIntoForce(world.db, 'personal-data', BY)
    expect(refused).toMatchObject({ because: 'waits', processes: [expect.stringMatching(/ \([0-9a-f]{8}\)$/)] })
    expect((await of('personal-data')).waitsFor).toHaveLength(1)
    await other.secrets.refresh()
    expect((await rotation.bringIntoForce(world.db, 'personal-data', BY)).ok).toBe(true)
  })

  test('not while an import seals with what it began with', async () => {
    await rotation.announce(world.db, 'personal-data', BY)
    await transaction(world.db, async (tx) => {
      await whileSealing(tx)
      expect(await rotation.bringIntoForce(world.database.another(), 'personal-data', BY)).toMatchObject({
        because: 'busy',
      })
    })
    expect((await rotation.bringIntoForce(world.db, 'personal-data', BY)).ok).toBe(true)
  })
})

describe('a former version goes', () => {
  test('after what was made with it has lapsed, and before only where somebody accepts what that breaks', async () => {
    await rotate('cookies')
    world.clock.advance(12 * HOUR)
    expect(await rotation.drop(world.db, 'cookies', BY)).toMatchObject({ because: 'too-early' })
    expect(await rotation.drop(world.db, 'cookies', { ...BY, emergency: true })).toMatchObject({
      ok: true,
      breaks: 'everybody who is signed in signs in again',
    })
  })

  test('when no cell is under it, and never before, in no emergency either', async () => {
    await rotate('personal-data')
    world.clock.advance(61_000)
    world.left = { 'person.details': 3 }
    const refused = await rotation.drop(world.db, 'personal-data', { ...BY, emergency: true })
    expect(refused).toEqual({ ok: false, because: 'in-use', left: { 'person.details': 3 } })
    expect(node.secrets.get('personal-data')()).toHaveLength(2)
    world.left = {}
    expect((await rotation.drop(world.db, 'personal-data', BY)).ok).toBe(true)
    expect(node.secrets.get('personal-data')()).toHaveLength(1)
  })

  test('not in the minute in which somebody may have something in hand that was sealed with it', async () => {
    await rotate('personal-data')
    world.clock.advance(59_000)
    expect(await rotation.drop(world.db, 'personal-data', BY)).toMatchObject({ because: 'too-early' })
  })

  test('not while a process seals with it still', async () => {
    const slow = await world.start()
    await rotation.announce(world.db, 'personal-data', BY)
    await slow.secrets.refresh()
    await rotation.bringIntoForce(world.db, 'personal-data', BY)
    world.clock.advance(61_000)
    expect(await rotation.drop(world.db, 'personal-data', BY)).toMatchObject({ because: 'waits' })
    await slow.secrets.refresh()
    expect((await rotation.drop(world.db, 'personal-data', BY)).ok).toBe(true)
  })

  test('never where it is the only one', async () => {
    expect(await rotation.drop(world.db, 'sessions', { ...BY, emergency: true })).toMatchObject({ because: 'nothing' })
  })
})

describe('by a schedule', () => {
  test('a secret changes, and its former version goes, without anybody', async () => {
    expect((await rotation.setSchedule(world.db, 'cookies', 30, BY)).ok).toBe(true)
    expect(await rotation.advance(world.db, SYSTEM)).toEqual([])
    world.clock.advance(30 * 24 * HOUR)
    const did = []
    for (let minute = 0; minute < 3; minute++) {
      did.push(...(await rotation.advance(world.db, SYSTEM)))
      await node.secrets.refresh()
    }
    expect(did).toEqual([
      { name: 'cookies', did: 'announced', version: 2 },
      { name: 'cookies', did: 'in-force', version: 2 },
    ])
    world.clock.advance(13 * HOUR)
    expect(await rotation.advance(world.db, SYSTEM)).toEqual([{ name: 'cookies', did: 'dropped', version: 1 }])
    expect(await states('cookies')).toEqual(['2 in force'])
  })

  test('only what lapses changes: the rest needs an operator', async () => {
    expect((await rotation.setSchedule(world.db, 'personal-data', 30, BY)).ok).toBe(false)
  })

  test('numbers begin again after 255, and one that is still in use is not given twice', async () => {
    const [master] = node.secrets.masters()
    const sealed = master.sealer.seal(Buffer.alloc(32, 7), versionBinding('production', 'cookies', 255))
    const at = new Date(world.clock.now() + 1)
    await rows(world.db, `insert into secret_version values ('cookies', 255, ?, ?)`, [at, at])
    await rows(world.db, `insert into secret_wrap values ('cookies', 255, ?, ?)`, [master.name, sealed])
    expect(await rotation.announce(world.db, 'cookies', BY)).toMatchObject({ because: 'full' })
    expect((await rotation.drop(world.db, 'cookies', { ...BY, emergency: true })).ok).toBe(true)
    world.clock.advance(1_000)
    await rotate('cookies')
    expect(await states('cookies')).toEqual(['1 in force', '255 former'])
  })
})

test('what the register is indexed by comes into force only when it is', async () => {
  await rotation.announce(world.db, 'blind-index', BY)
  expect(await rotation.bringIntoForce(world.db, 'blind-index', BY)).toMatchObject({ because: 'in-use' })
  expect((await rotation.bringIntoForce(world.db, 'blind-index', { ...BY, indexed: true })).ok).toBe(true)
})
