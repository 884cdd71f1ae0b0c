import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { openMasters } from '../../src/platform/master-key.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openSealer } from '../../src/platform/seal.ts'
import { createSecrets, openSecrets } from '../../src/platform/secrets.ts'
import { SEALED_CELLS } from '../../src/sealed-cells.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { people } from '../support/register.ts'

// `pratu secrets` as processes of their own, and what becomes of them when they are killed at any moment.

const CLI = fileURLToPath(new URL('../../bin/pratu.mjs', import.meta.url))
const PEOPLE = 6_000
const WHY = ['--why', 'the yearly review'] as const
let database: TestDatabase
let home: ReturnType<typeof testFolder>
let keys: string
const started: ChildProcess[] = []
beforeEach(async () => {
  database = await testDatabase()
  home = testFolder()
  keys = join(home.path, 'keys')
  createSecrets({ folder: keys, random: systemRandom }, 'demo')
  const file = join(home.path, 'people.csv')
  writeFileSync(file, people(PEOPLE))
  expect(await pratu('persons', 'import', file).ended).toMatchObject({ code: 0 })
}, 60_000)
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await database.close()
  home.remove()
})

const pratu = (...words: string[]) => pratuAs(undefined, ...words)

/** @param operator whose key signs, once there are operators. */
function pratuAs(operator: string | undefined, ...words: string[]) {
  const signed = operator !== undefined && {
    PRATU_OPERATOR_KEY: `${operator}.key`,
    PRATU_OPERATOR_PASSPHRASE: `${operator}-otter-velvet-canal`,
  }
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: home.path,
    env: {
      PATH: process.env.PATH,
      PRATU_PROFILE: 'demo',
      PRATU_KEYS: keys,
      PRATU_DATABASE_URL: database.url,
      ...signed,
    },
    detached: true,
  })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, output }))
  // The command is a child of the wrapper that finds the right Node: both go, unless they were faster.
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  return { ended, kill: () => send('SIGKILL'), stop: () => send('SIGINT') }
}

async function under(version: number): Promise<number> {
  const [found] = await rows<{ count: string }>(
    database.db,
    'select count(*) as count from person where get_byte(details, 0) = ?::integer',
    [version],
  )
  return Number(found?.count)
}

/** Every sealed cell opens with what the folder holds. */
async function allOpen(): Promise<void> {
  const secrets = openSecrets({ folder: keys, random: systemRandom }, 'demo')
  for (const { secret, table, column, bound } of SEALED_CELLS) {
    const sealer = openSealer(secrets.get(secret), systemRandom)
    for (const row of await rows<Record<string, unknown>>(
      database.db,
      `select * from ${table} where ${column} is not null`,
    ))
      sealer.open(row[column] as Buffer, bound(row))
  }
}

test('re-encryption that is killed again and again, and stopped, goes on where it was and loses nothing', async () => {
  expect(await pratu('secrets', 'rotate', 'personal-data', ...WHY).ended).toMatchObject({ code: 0 })
  for (const [turn, end] of (['kill', 'kill', 'stop'] as const).entries()) {
    const before = await under(2)
    const running = pratu('secrets', 'reencrypt', 'personal-data', ...WHY)
    while ((await under(2)) < Math.min(PEOPLE - 800, before + 400 * (turn + 1))) await pause(5)
    running[end]()
    // Ctrl-C comes twice, or as often as somebody presses it: what was done is said all the same.
    const pressing = end === 'stop' ? setInterval(running.stop, 1) : undefined
    const { output } = await running.ended
    clearInterval(pressing)
    if (end === 'stop')
      expect(output).toMatch(
        /Stopped; the same command goes on from here\.\n\d+ cells were sealed anew, still under a former version: person\.details \d+/,
      )
    expect((await under(1)) + (await under(2))).toBe(PEOPLE)
    await allOpen()
  }
  expect(await under(1)).toBeGreaterThan(0)
  const last = await pratu('secrets', 'reencrypt', 'personal-data', ...WHY).ended
  expect(last).toMatchObject({ code: 0, output: expect.stringContaining('cells were sealed anew.') })
  expect(await under(2)).toBe(PEOPLE)
  await allOpen()
}, 120_000)

test('a change of the master key that is killed at any moment ends in one that opens everything', async () => {
  const master = () => openMasters({ folder: keys, random: systemRandom })
  const [former] = master()
  for (const name of ['anna', 'bob']) await pratuAs(name, 'operators', 'make-key', `${name}.key`).ended
  await pratu('operators', 'init', 'anna=anna.key.pub', 'bob=bob.key.pub').ended
  /** Asked for by Anna. @returns what Bob has to type. */
  const asked = async () => {
    const { output } = await pratuAs('anna', 'secrets', 'rotate', 'master', ...WHY).ended
    return ['requests', 'approve', /Request (\d+)\./.exec(output)![1]!]
  }
  for (const wait of [1_000, 1_600]) {
    for (const step of [await asked(), ['secrets', 'finish', 'master', ...WHY]]) {
      const running = pratuAs('bob', ...step)
      await pause(wait)
      running.kill()
      await running.ended
      await allOpen()
    }
  }
  await pratuAs('bob', ...(await asked())).ended
  // Those that were killed count as running for a minute: nobody starts with the former one any more.
  await pratuAs('anna', 'secrets', 'finish', 'master', '--emergency', ...WHY).ended
  const [current, ...others] = master()
  expect(others).toEqual([])
  expect(current.name).not.toBe(former.name)
  expect(await rows(database.db, 'select distinct master from secret_wrap')).toEqual([{ master: current.name }])
  expect(await pratu('secrets', 'list').ended).toMatchObject({
    code: 0,
    output: expect.stringContaining(`master key ${current.name}`),
  })
  await allOpen()
}, 240_000)
