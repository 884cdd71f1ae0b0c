import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { testFolder } from '../support/folder.ts'
import { openRegister, people, type Register } from '../support/register.ts'

// The command as a process of its own, and what becomes of an import that is stopped in the middle.

const CLI = fileURLToPath(new URL('../../bin/pratu.mjs', import.meta.url))
const started: ChildProcess[] = []
let register: Register
let folder: ReturnType<typeof testFolder>
let file: string

beforeEach(async () => {
  register = await openRegister()
  folder = testFolder()
  file = join(folder.path, 'people.csv')
  createSecrets({ folder: join(folder.path, 'keys'), random: systemRandom }, 'demo')
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await register.close()
  folder.remove()
})

function pratu(...words: string[]) {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: folder.path,
    env: {
      PATH: process.env.PATH,
      PRATU_PROFILE: 'demo',
      PRATU_KEYS: join(folder.path, 'keys'),
      PRATU_DATABASE_URL: register.url,
    },
  })
  started.push(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, output }))
  return { child, ended }
}

test('a command whose reader has gone away, as `head` does, ends without a stack', async () => {
  const { child, ended } = pratu('config')
  child.stdout.destroy()
  expect(await ended).toMatchObject({ code: 0, output: '' })
})

/** Resolves when an import has written rows that nobody else sees yet. */
async function writing(): Promise<void> {
  for (;;) {
    const [size] = await rows<{ bytes: string }>(register.db, "select pg_relation_size('person') as bytes")
    if (Number(size?.bytes) > 100_000) return
  }
}

const total = async (): Promise<number> => (await rows(register.db, 'select from person')).length

describe('npx pratu persons import', () => {
  test('loads a file from another folder, and from standard input', async () => {
    writeFileSync(file, people(20))
    const first = await pratu('persons', 'import', 'people.csv').ended
    expect(first).toMatchObject({ code: 0, output: '20 rows: 20 new, 0 changed, 0 as before, 0 rejected.\n' })
    const second = pratu('persons', 'import', '-')
    second.child.stdin?.end(people(30))
    expect(await second.ended).toMatchObject({
      code: 0,
      output: '30 rows: 10 new, 0 changed, 20 as before, 0 rejected.\n',
    })
  })

  test('ends with code 1 and one sentence when the file is not one', async () => {
    writeFileSync(file, 'name\n')
    const { code, output } = await pratu('persons', 'import', file).ended
    expect(code).toBe(1)
    expect(output).toMatch(/^The heading of the file is not that of a person file: .*\n$/)
  })

  test('stopped by Ctrl-C changes nothing, says so, and leaves no file behind', async () => {
    writeFileSync(file, `${people(30_000)}bad\n`)
    const { child, ended } = pratu('persons', 'import', file)
    await writing()
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 1, output: 'The import was interrupted. Nothing has changed.\n' })
    expect(await total()).toBe(0)
    expect([`${file}.rejected`, `${file}.rejected.partial`].filter(existsSync)).toEqual([])
  })

  test('killed outright changes nothing, and the next one goes through', async () => {
    writeFileSync(file, people(30_000))
    const { child, ended } = pratu('persons', 'import', file)
    await writing()
    child.kill('SIGKILL')
    expect(await ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await total()).toBe(0)
    writeFileSync(file, people(10))
    // The database may need a moment to notice that nobody is there any more; until then it says that one is running.
    let again = await pratu('persons', 'import', file).ended
    for (let tries = 0; tries < 20 && again.output.includes('Another import'); tries += 1)
      again = await pratu('persons', 'import', file).ended
    expect(again).toMatchObject({ code: 0, output: '10 rows: 10 new, 0 changed, 0 as before, 0 rejected.\n' })
  })
})
