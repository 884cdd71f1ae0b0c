import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { openSealer } from '../../src/platform/seal.ts'
import { createSecrets, openSecrets, SECRET_NAMES, type SecretName } from '../../src/platform/secrets.ts'
import { testRandom } from '../support/keys.ts'
import { BY, openSecretsWorld, type SecretsWorld, type TestProcess } from '../support/secrets.ts'

let world: SecretsWorld
beforeEach(async () => {
  world = await openSecretsWorld()
})
afterEach(() => world.close())

const versions = ({ secrets }: TestProcess, name: SecretName): number[] =>
  secrets
    .get(name)()
    .map(({ version }) => version)
const fileOf = (folder: string) => readFileSync(join(folder, 'secrets.json'), 'utf8')

test('a database without secrets takes over the folder’s, and the folder stays as it was', async () => {
  const before = fileOf(world.folder)
  const { secrets } = await world.start()
  const folder = openSecrets({ folder: world.folder, random: testRandom() }, 'production')
  for (const name of SECRET_NAMES) expect(secrets.get(name)()).toEqual(folder.get(name))
  expect(secrets.fingerprint()).toBe(folder.fingerprint())
  expect(fileOf(world.folder)).toBe(before)
  expect(await rows(world.db, 'select from secret_version')).toHaveLength(SECRET_NAMES.length)
})

test('a new version reaches every process and every copy of the folder, and seals nothing yet', async () => {
  const other = join(world.folder, '..', 'other')
  cpSync(world.folder, other, { recursive: true })
  const one = await world.start()
  const two = await world.start(other)
  const sealer = openSealer(two.secrets.get('personal-data'), testRandom())
  await world.rotationOf(one).announce(world.db, 'personal-data', BY)
  await two.secrets.refresh()
  expect(versions(two, 'personal-data')).toEqual([2, 1])
  expect(sealer.seal('x', 'here')[0]).toBe(1)
  expect(JSON.parse(fileOf(other)).secrets['personal-data']).toHaveLength(2)
  expect(fileOf(other)).toBe(fileOf(world.folder))
  expect((await world.rotationOf(one).bringIntoForce(world.db, 'personal-data', BY)).ok).toBe(true)
  const sealed = openSealer(one.secrets.get('personal-data'), testRandom()).seal('ลับ', 'here')
  expect(sealed[0]).toBe(2)
  // The other one hasn't heard of it yet, and reads it all the same.
  expect(sealer.seal('x', 'here')[0]).toBe(1)
  expect(sealer.open(sealed, 'here').toString()).toBe('ลับ')
  await two.secrets.refresh()
  expect(sealer.seal('x', 'here')[0]).toBe(2)
})

test('a process that starts with an older copy of the folder has what the others have, and so has its folder then', async () => {
  const old = join(world.folder, '..', 'old')
  cpSync(world.folder, old, { recursive: true })
  const one = await world.start()
  await world.rotationOf(one).announce(world.db, 'cookies', BY)
  await world.rotationOf(one).bringIntoForce(world.db, 'cookies', BY)
  const late = await world.start(old)
  expect(late.secrets.get('cookies')()).toEqual(one.secrets.get('cookies')())
  expect(fileOf(old)).toBe(fileOf(world.folder))
})

test('a process with the master key alone has what the others have', async () => {
  const one = await world.start()
  const bare = join(world.folder, '..', 'bare')
  cpSync(world.folder, bare, { recursive: true })
  rmSync(join(bare, 'secrets.json'))
  const late = await world.start(bare)
  expect(late.secrets.fingerprint()).toBe(one.secrets.fingerprint())
  expect(fileOf(bare)).toBe(fileOf(world.folder))
})

test('what a version was destroyed for stays destroyed, whatever an old copy of the folder holds', async () => {
  const old = join(world.folder, '..', 'old')
  cpSync(world.folder, old, { recursive: true })
  const one = await world.start()
  const rotation = world.rotationOf(one)
  await rotation.announce(world.db, 'cookies', BY)
  await rotation.bringIntoForce(world.db, 'cookies', BY)
  expect((await rotation.drop(world.db, 'cookies', { ...BY, emergency: true })).ok).toBe(true)
  const late = await world.start(old)
  expect(versions(late, 'cookies')).toEqual([2])
  expect(JSON.parse(fileOf(old)).secrets.cookies).toMatchObject([{ version: 2 }])
})

test('a secret that a later version brought comes from the first folder that has it', async () => {
  const complete = join(world.folder, '..', 'complete')
  cpSync(world.folder, complete, { recursive: true })
  const file = JSON.parse(fileOf(world.folder))
  delete file.secrets.pins
  writeFileSync(join(world.folder, 'secrets.json'), JSON.stringify(file))
  await expect(world.start()).rejects.toThrow('lacks the secret "pins": `pratu keys init` adds')
  const first = await world.start(complete)
  const second = await world.start()
  expect(second.secrets.get('pins')()).toEqual(first.secrets.get('pins')())
})

test('other keys are refused, before anything is changed', async () => {
  await world.start()
  const stranger = join(world.folder, '..', 'stranger')
  createSecrets({ folder: stranger, random: testRandom('a stranger') }, 'production')
  const before = fileOf(stranger)
  await expect(world.start(stranger)).rejects.toThrow('do not belong together')
  expect(fileOf(stranger)).toBe(before)
})

test('whoever meets a version that it doesn’t know looks for it', async () => {
  const one = await world.start()
  const away = await world.start()
  const sealer = openSealer(away.secrets.get('sessions'), testRandom())
  const rotation = world.rotationOf(one)
  await rotation.announce(world.db, 'sessions', BY)
  // It was cut off for so long that the others didn't wait.
  await rows(
    world.db,
    `update secret_holder set seen_at = now() - interval '2 minutes' where not holds->'sessions' @> '2'`,
  )
  expect((await rotation.bringIntoForce(world.db, 'sessions', BY)).ok).toBe(true)
  const sealed = openSealer(one.secrets.get('sessions'), testRandom()).seal('x', 'here')
  expect(() => sealer.open(sealed, 'here')).toThrow('unknown key version 2')
  await away.secrets.refresh()
  expect(sealer.open(sealed, 'here').toString()).toBe('x')
})

test('a process that ends is no longer waited for', async () => {
  const one = await world.start()
  const two = await world.start()
  const rotation = world.rotationOf(one)
  await rotation.announce(world.db, 'cookies', BY)
  expect(await rotation.bringIntoForce(world.db, 'cookies', BY)).toMatchObject({ because: 'waits' })
  await two.secrets.close()
  expect((await rotation.bringIntoForce(world.db, 'cookies', BY)).ok).toBe(true)
})

test('a thousand values under versions that nobody has make it look once', async () => {
  const { secrets } = await world.start()
  const sealer = openSealer(secrets.get('sessions'), testRandom())
  const foreign = Buffer.alloc(40, 9)
  const before = await looks()
  for (let n = 0; n < 1_000; n++) expect(() => sealer.open(foreign, 'here')).toThrow('unknown key version 9')
  await secrets.close()
  expect((await looks()) - before).toBeLessThan(100)

  async function looks(): Promise<number> {
    const [found] = await rows<{ count: string }>(
      world.db,
      `select xact_commit as count from pg_stat_database where datname = current_database()`,
    )
    return Number(found?.count)
  }
})
