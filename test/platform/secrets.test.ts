import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  bindToDatabase,
  completeSecrets,
  createSecrets,
  openSecrets,
  originOf,
  SECRET_NAMES,
  secretsExist,
} from '../../src/platform/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { testKey, testRandom } from '../support/keys.ts'

let home: ReturnType<typeof testFolder>
let where: { folder: string; random: ReturnType<typeof testRandom> }
beforeEach(() => {
  home = testFolder()
  where = { folder: join(home.path, 'keys'), random: testRandom() }
})
afterEach(() => home.remove())

describe('secrets', () => {
  test('are made once, each of its own 32 bytes, readable by their owner only, and open to the same values', () => {
    expect(secretsExist(where)).toBe(false)
    createSecrets(where, 'production')
    expect(originOf(where)).toBe('production')
    const all = SECRET_NAMES.map((name) => openSecrets(where, 'production').get(name))
    const again = SECRET_NAMES.map((name) => openSecrets(where, 'production').get(name))
    expect(again).toEqual(all)
    expect(new Set(all.map(([first]) => first!.key.toString('hex'))).size).toBe(SECRET_NAMES.length)
    for (const [first] of all) expect(first).toMatchObject({ version: 1, key: { length: 32 } })
    for (const file of readdirSync(where.folder)) expect(statSync(join(where.folder, file)).mode & 0o077).toBe(0)
    const stored = readFileSync(join(where.folder, 'secrets.json'), 'utf8')
    for (const [first] of all) expect(stored).not.toContain(first!.key.toString('base64url'))
  })

  test('are never made over others', () => {
    createSecrets(where, 'production')
    const before = openSecrets(where, 'production').fingerprint()
    expect(() => createSecrets(where, 'production')).toThrow('nothing was changed')
    expect(openSecrets(where, 'production').fingerprint()).toBe(before)
    expect(readdirSync(where.folder).toSorted()).toEqual(['master.key', 'secrets.json'])
  })

  test('take up a master key that an interrupted beginning has left', () => {
    createSecrets(where, 'production')
    const master = readFileSync(join(where.folder, 'master.key'))
    rmSync(join(where.folder, 'secrets.json'))
    createSecrets(where, 'production')
    expect(readFileSync(join(where.folder, 'master.key'))).toEqual(master)
    expect(openSecrets(where, 'production').origin).toBe('production')
  })

  test.each(['master.key', 'secrets.json'])('are refused while others can read %s', (file) => {
    createSecrets(where, 'production')
    chmodSync(join(where.folder, file), 0o640)
    expect(() => openSecrets(where, 'production')).toThrow(`${file} can be read by others (mode 640)`)
  })

  test('made by demo are refused in production, and the other way round', () => {
    createSecrets(where, 'demo')
    expect(() => openSecrets(where, 'production')).toThrow('holds keys made for demo: production refuses them')
    const other = { ...where, folder: join(home.path, 'real') }
    createSecrets(other, 'production')
    expect(() => openSecrets(other, 'demo')).toThrow('demo refuses them')
  })

  test('made by demo stay so when somebody edits the word in the file', () => {
    createSecrets(where, 'demo')
    const file = join(where.folder, 'secrets.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"demo"', '"production"'))
    expect(() => openSecrets(where, 'production')).toThrow('was changed since')
  })

  test('open with a master key from elsewhere, and with no other', () => {
    const masterKey = testKey('master')
    createSecrets({ ...where, masterKey }, 'production')
    expect(existsSync(join(where.folder, 'master.key'))).toBe(false)
    expect(openSecrets({ ...where, masterKey }, 'production').get('cookies')).toHaveLength(1)
    expect(() => openSecrets(where, 'production')).toThrow('master.key is missing, and PRATU_MASTER_KEY is not set')
    const wrong = testKey('another')
    expect(() => openSecrets({ ...where, masterKey: wrong }, 'production')).toThrow('not sealed under this master key')
  })

  test('that are missing say how to make them', () => {
    expect(() => openSecrets(where, 'production')).toThrow('pratu keys init')
  })

  describe('of an earlier version, which lack one', () => {
    function forget(name: string): string {
      const file = join(where.folder, 'secrets.json')
      const stored = JSON.parse(readFileSync(file, 'utf8'))
      delete stored.secrets[name]
      writeFileSync(file, JSON.stringify(stored))
      return file
    }

    test('say how to add it, and get it without any other being touched', () => {
      createSecrets(where, 'production')
      const before = openSecrets(where, 'production')
      const file = forget('pins')
      expect(() => openSecrets(where, 'production')).toThrow('lacks the secret "pins": `pratu keys init` adds')
      expect(completeSecrets(where, 'production')).toEqual(['pins'])
      const after = openSecrets(where, 'production')
      for (const name of SECRET_NAMES)
        expect(after.get(name)[0]!.key.equals(before.get(name)[0]!.key)).toBe(name !== 'pins')
      expect(after.fingerprint()).toBe(before.fingerprint())
      expect(statSync(file).mode & 0o077).toBe(0)
      const content = readFileSync(file)
      expect(completeSecrets(where, 'production')).toEqual([])
      expect(readFileSync(file)).toEqual(content)
      expect(readdirSync(where.folder).toSorted()).toEqual(['master.key', 'secrets.json'])
    })

    test('get nothing sealed under another master key than theirs, nor by another profile', () => {
      createSecrets(where, 'production')
      const content = readFileSync(forget('pins'))
      const wrong = { ...where, masterKey: testKey('another') }
      expect(() => completeSecrets(wrong, 'production')).toThrow('not sealed under this master key')
      expect(() => completeSecrets(where, 'demo')).toThrow('demo refuses them')
      expect(readFileSync(join(where.folder, 'secrets.json'))).toEqual(content)
    })
  })

  test('that did not write the database are refused, and the database stays as it was', async () => {
    const { db, close } = await testDatabase()
    createSecrets(where, 'production')
    await bindToDatabase(db, openSecrets(where, 'production'))
    await bindToDatabase(db, openSecrets(where, 'production'))
    const other = { ...where, folder: join(home.path, 'other') }
    createSecrets(other, 'production')
    await expect(bindToDatabase(db, openSecrets(other, 'production'))).rejects.toThrow('do not belong together')
    await bindToDatabase(db, openSecrets(where, 'production'))
    await close()
  })
})
