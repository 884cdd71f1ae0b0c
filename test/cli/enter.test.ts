import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { enter } from '../../src/cli/enter.ts'
import type { Typed } from '../../src/cli/roles.ts'
import { makeKeyFile } from '../../src/operators/key-file.ts'
import { keyId, publicText, type Role } from '../../src/operators/operator.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { type OperatorsWorld, operatorsWorld } from '../support/operators.ts'

// Who may run a command: the holder of an operator's key with one of its roles; and what holds before there are any.

const folder = testFolder()
const passphrase = 'otter-velvet-canal-eleven'
const keyFile = join(folder.path, 'anna.key')
let annas: { readonly name: 'anna'; readonly publicKey: string; readonly key: string }
let database: TestDatabase
let world: OperatorsWorld
beforeAll(async () => {
  const { publicKey } = await makeKeyFile({ path: keyFile, passphrase }, systemRandom)
  annas = { name: 'anna', publicKey: publicText(publicKey), key: keyId(publicKey) }
})
beforeEach(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
})
afterEach(() => database.close())
afterAll(() => folder.remove())

const CHANGES: Typed = { command: 'clients disable', arguments: ['tax'], options: {} }
const begin = (...roles: readonly Role[]) =>
  world.service.operators.begin(database.db, [{ ...annas, roles }, world.bob.as()], { kind: 'operator', name: 'root' })
const enters = (more: Partial<Parameters<typeof enter>[0]> = {}) =>
  enter({
    db: database.db,
    keys: world.keys,
    production: true,
    typed: CHANGES,
    clock: systemClock,
    random: systemRandom,
    settings: () => ({ operatorKey: keyFile, operatorPassphrase: passphrase }),
    ask: async () => passphrase,
    ...more,
  })

test('an operator enters by the key that is theirs, and signs as themselves for this command', async () => {
  await begin('registrar')
  expect(await enters()).toMatchObject({
    name: 'anna',
    key: annas.key,
    command: 'clients disable',
    given: { arguments: ['tax'], options: {} },
  })
})

test('the passphrase is asked for where no file names it', async () => {
  await begin('registrar')
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return passphrase
  }
  const settings = () => ({ operatorKey: keyFile, operatorPassphrase: undefined })
  expect(await enters({ settings, ask })).toMatchObject({ name: 'anna' })
  expect(asked).toEqual([`Passphrase of ${keyFile}: `])
})

test('nobody in particular is wanted for what shows no person and changes nothing', async () => {
  await begin('registrar')
  const settings = () => {
    throw new Error('not asked')
  }
  for (const command of ['clients list', 'audit verify', 'operators init'])
    expect(await enters({ settings, typed: { ...CHANGES, command } })).toBeUndefined()
})

test('before there are operators a demonstration takes the account, and production refuses', async () => {
  expect(await enters({ production: false })).toBeUndefined()
  await expect(enters()).rejects.toThrow('pratu operators init')
})

test('from then on a demonstration wants them, too', async () => {
  await begin('registrar')
  const settings = () => ({ operatorKey: undefined, operatorPassphrase: undefined })
  await expect(enters({ production: false, settings })).rejects.toThrow('PRATU_OPERATOR_KEY')
})

test('a key that is nobody’s, a role that is not theirs, a wrong passphrase and a wrong clock are told in a sentence', async () => {
  await begin('desk', 'auditor')
  await expect(enters()).rejects.toThrow('This takes registrar; anna is desk or auditor.')
  await expect(
    enters({ settings: () => ({ operatorKey: keyFile, operatorPassphrase: 'another-passphrase' }) }),
  ).rejects.toThrow('does not open with this passphrase')
  const late = { now: () => systemClock.now() - 3_600_000 }
  await expect(enters({ clock: late })).rejects.toThrow('Nothing is signed here: this machine')
  const stranger = join(folder.path, 'stranger.key')
  await makeKeyFile({ path: stranger, passphrase }, systemRandom)
  await expect(enters({ settings: () => ({ operatorKey: stranger, operatorPassphrase: passphrase }) })).rejects.toThrow(
    'no operator’s',
  )
  const open = join(folder.path, 'open.key')
  writeFileSync(open, 'nothing')
  await expect(enters({ settings: () => ({ operatorKey: open, operatorPassphrase: passphrase }) })).rejects.toThrow(
    'can be read by others',
  )
})
