import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addOperatorCommands } from '../../src/cli/operators.ts'
import { addRequestCommands } from '../../src/cli/requests.ts'
import type { OperatorActor } from '../../src/operators/requests.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { deskWorld } from '../support/desk-world.ts'
import { testFolder } from '../support/folder.ts'
import { type OperatorsWorld, operatorsWorld, type Somebody } from '../support/operators.ts'

// The first two, a third, and one who leaves, as they type it.

const folder = testFolder()
const passphrase = 'otter-velvet-canal-eleven'
let database: TestDatabase
let world: OperatorsWorld
let desk: ReturnType<typeof deskWorld>
beforeEach(async () => {
  database = await testDatabase()
  world = operatorsWorld(database.db)
  desk = deskWorld(database.db)
})
afterEach(() => database.close())
afterAll(() => folder.remove())

async function run(who: Somebody | undefined, ...words: string[]): Promise<string> {
  const printed: string[] = []
  const actor: OperatorActor = who?.actor ?? { kind: 'operator', name: 'root' }
  const needs = {
    open: async () => ({
      ...desk,
      ...world.partsOf(who?.signer()),
      clock: world.clock,
      actor,
      close: async () => {},
    }),
    print: (line: string) => void printed.push(line),
    nextMaster: () => {
      throw new Error('there is no master key here')
    },
    input: Readable.from([]),
    operatorKey: {
      settings: () => ({ operatorKey: undefined, operatorPassphrase: passphrase }),
      ask: async () => passphrase,
      clock: world.clock,
      random: systemRandom,
    },
  }
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addOperatorCommands(program, needs)
  addRequestCommands(program, needs)
  await program.parseAsync(words, { from: 'user' })
  return printed.join('\n')
}
const path = (name: string) => join(folder.path, name)
const made = async (name: string) =>
  /Your key: ([\w-]{43})/.exec(await run(undefined, 'operators', 'make-key', path(name)))![1]!

test('no key is made whose public half has no place to go', async () => {
  writeFileSync(path('there.key.pub'), 'of somebody else')
  await expect(made('there.key')).rejects.toThrow('there.key.pub exists already: no key was made.')
  expect(existsSync(path('there.key'))).toBe(false)
  expect(readFileSync(path('there.key.pub'), 'utf8')).toBe('of somebody else')
  const make = (key: string, half: string) => run(undefined, 'operators', 'make-key', path(key), '--public', path(half))
  await expect(make('there.key', 'nowhere/there.pub')).rejects.toThrow('ENOENT')
  await expect(make('there.key', 'there.key')).rejects.toThrow('two files')
  expect(existsSync(path('there.key'))).toBe(false)
})

test('where no key is made there is no public half of it', async () => {
  writeFileSync(path('old.key'), 'a key')
  await expect(made('old.key')).rejects.toThrow()
  expect([readFileSync(path('old.key'), 'utf8'), existsSync(path('old.key.pub'))]).toEqual(['a key', false])
})

test('everybody makes a key of their own, and hands over its public half', async () => {
  const key = await made('niran.key')
  expect(statSync(path('niran.key')).mode & 0o777).toBe(0o600)
  expect(readFileSync(path('niran.key.pub'), 'utf8')).toContain('BEGIN PUBLIC KEY')
  await made('malee.key')
  expect(await run(undefined, 'operators', 'list')).toContain('no operators yet')
  for (const [words, refused] of [
    [['niran', path('malee.key.pub')], 'not NAME=FILE'],
    [[`niran=${path('niran.key')}`, `malee=${path('malee.key.pub')}`], 'it stays with its holder'],
    [[`niran=${path('niran.key.pub')}`, `malee=${path('niran.key.pub')}`], 'The same key twice'],
  ] as const)
    await expect(run(undefined, 'operators', 'init', ...words)).rejects.toThrow(refused)
  const two = [`niran=${path('niran.key.pub')}`, `malee=${path('malee.key.pub')}`]
  expect(await run(undefined, 'operators', 'init', ...two)).toContain(`niran  ${key}`)
  await expect(run(undefined, 'operators', 'init', ...two)).rejects.toThrow('There are operators already')
  expect(await run(undefined, 'operators', 'list')).toMatch(
    new RegExp(`^niran +${key} {2}key-keeper, registrar, desk, auditor {2}since 20`, 'm'),
  )
})

test('a further one is asked for by one, allowed by another, and removed at once', async () => {
  await world.begin()
  const key = await made('carl.key')
  const words = ['operators', 'add', 'carl', path('carl.key.pub'), '--roles', 'desk, auditor', '--reason', 'new here']
  const asked = await run(world.anna, ...words)
  expect(asked).toContain(`The key of carl: ${key}`)
  const id = /Request (\d+)\./.exec(asked)![1]!
  expect(await run(world.bob, 'requests', 'list')).toMatch(
    /anna {2}a further operator: carl \(desk, auditor\): new here/,
  )
  await expect(run(world.anna, 'requests', 'approve', id)).rejects.toThrow('a key of their own')
  expect(await run(world.bob, 'requests', 'approve', id)).toBe('carl is an operator now: desk, auditor.')
  await expect(run(world.bob, 'requests', 'approve', id)).rejects.toThrow('decided before')
  await expect(run(world.anna, ...words)).rejects.toThrow('is, or was, that of carl')
  expect(await run(world.anna, 'operators', 'remove', 'carl', '--why', 'left')).toContain('no operator any more')
  const list = JSON.parse(await run(undefined, 'operators', 'list', '--json'))
  expect(list.at(-1)).toMatchObject({ name: 'carl', key, roles: ['desk', 'auditor'], removed: expect.any(String) })
  expect(await world.verify()).toMatchObject({ ok: true, signed: 4 })
})

test('what an operator must be given is asked for, and a request that is gone is told', async () => {
  await world.begin()
  await made('dora.key')
  const add = (...more: string[]) => run(world.anna, 'operators', 'add', 'dora', path('dora.key.pub'), ...more)
  await expect(add('--reason', 'x')).rejects.toThrow('--roles')
  await expect(add('--roles', 'pope', '--reason', 'x')).rejects.toThrow('key-keeper, registrar')
  await expect(add('--roles', 'desk', '--reason', ' ')).rejects.toThrow('needs a reason')
  await expect(run(world.anna, 'operators', 'remove', 'bob', '--why', ' ')).rejects.toThrow('Say why')
  await expect(run(world.anna, 'requests', 'approve', '77')).rejects.toThrow('no such request')
})
