import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { nextMaster, openMasters, orMade } from '../../src/platform/master-key.ts'
import { SECRET_NAMES } from '../../src/platform/secrets.ts'
import { testKey, testRandom } from '../support/keys.ts'
import { mountOver, withoutMounts } from '../support/mounts.ts'
import { BY, openSecretsWorld, type SecretsWorld, type TestProcess } from '../support/secrets.ts'

let world: SecretsWorld
let node: TestProcess
const [former, next] = [testKey('former master'), testKey('next master')]
const all = ({ secrets }: TestProcess) => SECRET_NAMES.map((name) => secrets.get(name)())

describe('a master key that is handed over', () => {
  beforeEach(async () => {
    world = await openSecretsWorld(former)
    node = await world.start()
  })
  afterEach(() => world.close())

  test('gives way to another: first either opens, then the next alone, and nobody who runs notices', async () => {
    const keys = all(node)
    const change = world.masterOf(node)
    expect((await change.begin(world.db, next, BY)).ok).toBe(true)
    const [withFormer, withNext] = [await world.start(), await world.start(undefined, next)]
    expect(all(withFormer)).toEqual(keys)
    expect(all(withNext)).toEqual(keys)

    expect(await change.end(world.db, BY)).toMatchObject({
      because: 'waits',
      processes: [expect.anything(), expect.anything()],
    })
    await withFormer.secrets.close()
    expect((await change.end(world.db, { ...BY, emergency: true })).ok).toBe(true)
    for (const running of [node, withNext]) {
      await running.secrets.refresh()
      expect(all(running)).toEqual(keys)
      expect(running.faults).toEqual([])
    }
    await expect(world.start()).rejects.toThrow('not sealed under this master key')
    expect(all(await world.start(undefined, next))).toEqual(keys)
  })

  test('is followed by what was begun, however often the beginning is repeated, and by nothing else meanwhile', async () => {
    const change = world.masterOf(node)
    await change.begin(world.db, next, BY)
    expect((await change.begin(world.db, next, BY)).ok).toBe(true)
    expect(await change.begin(world.db, testKey('a third'), BY)).toMatchObject({ because: 'under-way' })
    expect(await world.rotationOf(node).announce(world.db, 'cookies', BY)).toMatchObject({ because: 'master' })
    const types = await rows<{ type: string }>(world.db, 'select type from audit_event')
    expect(types).toEqual([{ type: 'secret.master-announced' }])
  })

  test('is not changed to itself, nor while a version of a secret is on its way', async () => {
    const change = world.masterOf(node)
    expect(await change.begin(world.db, former, BY)).toMatchObject({ because: 'same' })
    expect(await change.end(world.db, BY)).toMatchObject({ because: 'nothing' })
    await world.rotationOf(node).announce(world.db, 'cookies', BY)
    expect(await change.begin(world.db, next, BY)).toMatchObject({ because: 'announced', name: 'cookies' })
  })

  test('doesn’t go while a secret that came meanwhile is under it alone', async () => {
    const change = world.masterOf(node)
    await change.begin(world.db, next, BY)
    const [{ name }] = openMasters({ folder: world.folder, masterKey: next, random: testRandom() })
    await rows(world.db, `delete from secret_wrap where master = ? and name = 'throttle'`, [name])
    expect(await change.end(world.db, { ...BY, emergency: true })).toMatchObject({ because: 'incomplete' })
    await change.begin(world.db, next, BY)
    expect((await change.end(world.db, { ...BY, emergency: true })).ok).toBe(true)
  })
})

describe('a master key in the keys folder', () => {
  beforeEach(async () => {
    world = await openSecretsWorld()
    node = await world.start()
  })
  afterEach(() => world.close())
  const at = (folder = world.folder) => ({ folder, random: testRandom('next master') })
  const master = (folder = world.folder) => readFileSync(join(folder, 'master.key'), 'utf8')

  test('is replaced by the one beside it, which every process takes up by itself', async () => {
    const before = master()
    const keys = all(node)
    expect(nextMaster(at()).master).toBeUndefined()
    const made = orMade(nextMaster(at()), testRandom('next master'))
    expect(nextMaster(at()).master).toEqual(made)
    const change = world.masterOf(node)
    await change.begin(world.db, made, BY)
    const second = await world.start()
    await node.secrets.refresh()
    expect((await change.end(world.db, BY)).ok).toBe(true)
    await second.secrets.refresh()
    expect(existsSync(join(world.folder, 'master.new.key'))).toBe(false)
    expect(master()).not.toBe(before)
    expect(all(await world.start())).toEqual(keys)
    writeFileSync(join(world.folder, 'master.key'), before)
    await expect(world.start()).rejects.toThrow('not sealed under this master key')
  })

  const withMounts = withoutMounts ? test.skip : test
  withMounts.each(['master.key', 'secrets.json'])(
    'is followed by the one beside it where a file of the folder is a mount, and no process minds: %s',
    async (file) => {
      const keys = all(node)
      const path = join(world.folder, file)
      const before = readFileSync(path, 'utf8')
      const unmount = mountOver(path)
      try {
        const following = orMade(nextMaster(at()), testRandom('next master'))
        const change = world.masterOf(node)
        expect((await change.begin(world.db, following, BY)).ok).toBe(true)
        const second = await world.start()
        await node.secrets.refresh()
        expect((await change.end(world.db, BY)).ok).toBe(true)
        for (const running of [node, second]) {
          await running.secrets.refresh()
          expect(all(running)).toEqual(keys)
          expect(running.faults).toEqual([])
        }
        expect(readFileSync(path, 'utf8')).toBe(before)
        expect(readdirSync(world.folder).toSorted()).toEqual(['master.key', 'master.new.key', 'secrets.json'])
        expect(all(await world.start())).toEqual(keys)
      } finally {
        unmount()
      }
    },
  )

  test.each(['before anything was begun', 'after it was begun', 'after it was ended'])(
    'opens whatever the power cut left: %s',
    async (when) => {
      const keys = all(node)
      const cut = join(world.folder, '..', 'cut')
      const following = orMade(nextMaster(at()), testRandom('next master'))
      cpSync(world.folder, cut, { recursive: true })
      const change = world.masterOf(node)
      if (when !== 'before anything was begun') await change.begin(world.db, following, BY)
      if (when === 'after it was ended') await change.end(world.db, { ...BY, emergency: true })
      // The folder is as it was at the first moment: neither the copy nor the name of the master key had been changed.
      const late = await world.start(cut)
      expect(all(late)).toEqual(keys)
      expect(late.faults).toEqual([])
      expect(existsSync(join(cut, 'master.new.key'))).toBe(when !== 'after it was ended')
    },
  )
})
