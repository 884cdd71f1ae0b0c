import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addRequestCommands } from '../../src/cli/requests.ts'
import { addSecretsCommands } from '../../src/cli/secrets.ts'
import { rows } from '../../src/platform/db.ts'
import { nextMaster, openMasters } from '../../src/platform/master-key.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openMasterChange } from '../../src/secrets/master.ts'
import { deskWorld } from '../support/desk-world.ts'
import { testSealer } from '../support/keys.ts'
import { type OperatorsWorld, operatorsWorld, type Somebody } from '../support/operators.ts'
import { openSecretsWorld, type SecretsWorld, type TestProcess } from '../support/secrets.ts'

// Whoever knows the master key opens everything: another one takes two, who have the very same one before them.

let world: SecretsWorld
let operators: OperatorsWorld
let desk: ReturnType<typeof deskWorld>
let node: TestProcess
beforeEach(async () => {
  world = await openSecretsWorld()
  node = await world.start()
  operators = operatorsWorld(world.db)
  desk = deskWorld(world.db)
  await operators.begin()
})
afterEach(() => world.close())

async function run(who: Somebody, words: readonly string[], folder = world.folder): Promise<string> {
  const printed: string[] = []
  const parts = operators.partsOf(who.signer())
  const masterChange = openMasterChange({
    secrets: node.secrets,
    origin: 'production',
    audit: parts.audit,
    random: systemRandom,
  })
  const nowhere = () => {
    throw new Error('asked by no test')
  }
  const needs = {
    open: async () => ({
      ...desk,
      ...parts,
      masterChange,
      random: systemRandom,
      secretRotation: world.rotationOf(node),
      reseal: { reseal: nowhere, seals: () => false },
      reindex: { estimate: nowhere, reindex: nowhere, left: nowhere },
      actor: who.actor,
      close: async () => {},
    }),
    nextMaster: (path: string | undefined) => nextMaster({ folder }, path),
    print: (line: string) => void printed.push(line),
    errors: new PassThrough(),
    terminal: false,
    clock: operators.clock,
    pause: async () => {},
    onInterrupt: () => () => {},
    input: Readable.from([]),
  }
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addSecretsCommands(program, needs)
  addRequestCommands(program, needs)
  await program.parseAsync(words, { from: 'user' })
  return printed.join('\n')
}
const ask = (...more: string[]) =>
  run(operators.anna, ['secrets', 'rotate', 'master', '--why', 'somebody left', ...more])
const approve = (id: string, folder?: string) => run(operators.bob, ['requests', 'approve', id], folder)
const numberIn = (text: string) => /Request (\d+)\./.exec(text)![1]!
const masters = async () =>
  (await rows<{ master: string }>(world.db, 'select distinct master from secret_wrap order by master')).length

test('one asks for it, another allows it, and then every secret is sealed under it too', async () => {
  const asked = await ask()
  const name = /The next master key is ([0-9a-f]{16})/.exec(asked)![1]!
  expect(await masters()).toBe(1)
  const id = numberIn(asked)
  expect(await run(operators.bob, ['requests', 'list'])).toContain(`another master key: ${name}: somebody left`)
  await expect(run(operators.anna, ['requests', 'approve', id])).rejects.toThrow('a key of their own')
  expect(await approve(id)).toContain(`sealed under the next master key too (${name}, `)
  expect(await masters()).toBe(2)
  expect(openMasters({ folder: world.folder, random: systemRandom })[0].name).toBe(name)
  expect(await operators.verify()).toMatchObject({ ok: true, signed: 3 })
})

test('where another one lies in its place, or none, nothing is allowed nor made, and it can be once the right one is there', async () => {
  const elsewhere = `${world.folder}-elsewhere`
  const there = join(elsewhere, 'master.new.key')
  const id = numberIn(await ask())
  // Another machine, which hasn't got it.
  cpSync(world.folder, elsewhere, { recursive: true })
  rmSync(there)
  await expect(approve(id, elsewhere)).rejects.toThrow('bring it here')
  expect(existsSync(there)).toBe(false)
  writeFileSync(there, `${'7'.repeat(64)}\n`, { mode: 0o600 })
  await expect(approve(id, elsewhere)).rejects.toThrow('bring that one here')
  expect(await masters()).toBe(1)
  rmSync(elsewhere, { recursive: true })
  expect(await approve(id)).toContain('Then: pratu secrets finish master')
})

test('another name in the request’s row is worth nothing', async () => {
  const id = numberIn(await ask())
  const sealed = testSealer().seal('{"master":"0123456789abcdef"}', `operator_request|act|${id}`)
  await rows(world.db, 'update operator_request set act = ? where id = ?', [sealed, id])
  await expect(approve(id)).rejects.toThrow('not what its operator signed')
  expect(await masters()).toBe(1)
})

test('the one in use is not asked for, nor a second while one is under way', async () => {
  await expect(ask('--to', join(world.folder, 'master.key'))).rejects.toThrow('That is the master key in use')
  await approve(numberIn(await ask()))
  const third = join(world.folder, 'third.key')
  await expect(ask('--to', third)).rejects.toThrow('is under way')
  expect(existsSync(third)).toBe(false)
})

test('asked for anew while it is under way, it is the same one', async () => {
  const name = /The next master key is ([0-9a-f]{16})/
  const first = await ask()
  await approve(numberIn(first))
  expect(name.exec(await ask())![1]).toBe(name.exec(first)![1])
})
