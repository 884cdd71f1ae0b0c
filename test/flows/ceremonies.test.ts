import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { page } from '../docs/blocks.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { atShell, linesOf, type Person } from '../support/people-at-shells.ts'
import { freePorts } from '../support/ports.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// keys/README.md, followed to the letter by three people and a machine, on an empty database and an empty keys folder: the
// lines are read off the page. Only what people do without typing is done for them: they tell a passphrase, they bring
// their halves again, write an address with an editor, look up which key or request is meant, and start the service.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LINES = linesOf(page('keys/README.md'))
const [BEFORE = '', ...SECTIONS] = [...new Set(LINES.map(({ section }) => section))]

let folder: string
let database: TestDatabase
let restored: TestDatabase
let redis: TestRedis
let port: number
const people = new Map<string, Person>()
/** What each person has on paper. */
const halves = new Map<string, string>()
const said = new Map<string, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-ceremony-'))
  ;[database, restored, redis, [port = 0]] = await Promise.all([
    testDatabase(),
    testDatabase(),
    testRedis(),
    freePorts(1),
  ])
  program('pratu', `exec '${process.execPath}' '${join(ROOT, 'src/cli.ts')}' "$@"`)
  const copy = join(ROOT, 'test/support/database-copy.ts')
  // A system's own are often older than the server here and refuse it: these take the same words, and copy as the server can.
  for (const name of ['pg_dump', 'pg_restore']) program(name, `exec '${process.execPath}' '${copy}' ${name} "$@"`)
})
afterAll(async () => {
  for (const person of people.values()) person.leave()
  await Promise.all([database?.close(), restored?.close(), redis?.close()])
  rmSync(folder, { recursive: true })
})

function program(name: string, script: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'bin', name), 0o755)
}

function person(name: string): Person {
  const known = people.get(name)
  if (known) return known
  writeFileSync(join(folder, `${name}.passphrase`), `${name}-otter-velvet-canal\n`, { mode: 0o600 })
  const shell = atShell({
    cwd: folder,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: folder,
      PRATU_PROFILE: 'production',
      PRATU_ISSUER: 'https://id.example.org',
      PRATU_DATABASE_URL_FILE: 'database_url',
      PRATU_REDIS_URL: redis.url,
      PRATU_PORT: String(port),
      PRATU_LEAVE_SECONDS: '0',
      PRATU_KEYS: 'keys',
      PRATU_HELP_PHONE: '1111',
      // What they would type when asked.
      ...(name !== 'host' && { PRATU_OPERATOR_PASSPHRASE_FILE: `${name}.passphrase` }),
    },
  })
  people.set(name, shell)
  return shell
}

let starts = 0
/** Until it says that it is ready, and then to its end. */
async function serve(): Promise<string> {
  const log = join(folder, `log-${++starts}`)
  const main = `'${process.execPath}' '${join(ROOT, 'src/main.ts')}'`
  await person('host').type(
    `${main} >'${log}' 2>&1 & service=$!; until grep -qs '"event":"ready"' '${log}' || ! kill -0 $service; do sleep 0.1; done; kill $service; wait $service`,
  )
  return readFileSync(log, 'utf8')
}

/** What stands for itself on the page, and for one key or number in the room. */
async function filledIn(words: string): Promise<string> {
  let line = words
  if (line.includes('NUMBER')) line = line.replace('NUMBER', /Request (\d+)\./.exec(said.get('request')!)![1]!)
  if (line.includes('KID')) {
    const ring = JSON.parse(await person('host').type('pratu keys list --json')) as { kid: string; state: string }[]
    line = line.replace('KID', ring.find(({ state }) => state === 'signing')!.kid.slice(0, 8))
  }
  return line
}

async function walk(section: string): Promise<void> {
  const restores = LINES.filter((line) => line.section === section && line.words.includes('anna.half bob.half'))
  for (const { step, who, words } of LINES.filter((line) => line.section === section)) {
    if (restores.some((line) => line.words === words) && halves.size === 2)
      for (const [name, half] of halves) writeFileSync(join(folder, `${name}.half`), half)
    const printed = await person(who)
      .type(await filledIn(words))
      .catch((error: Error) => {
        throw new Error(`${section}, step ${step}, ${who}: ${error.message}`)
      })
    const [, address] = /^install -m 600 \/dev\/null (\w+)$/.exec(words) ?? []
    // As an editor does: what the line has made stays, and who may read it.
    if (address) appendFileSync(join(folder, address), `${(address === 'database_url' ? database : restored).url}\n`)
    if (words.includes('openssl rand')) halves.set(who, readFileSync(join(folder, `${who}.half`), 'utf8'))
    if (printed.includes('Request ')) said.set('request', printed)
    said.set(words, printed)
  }
}

test('the page has steps to walk, for people who are all there', () => {
  expect([BEFORE, ...SECTIONS]).toEqual([
    'In production',
    'The ceremony: how the first keys arrive',
    'Backup',
    'Restore',
    'A signing key leaked',
    "An operator's key leaked, or was lost",
    'The master key leaked, or somebody who had half of it left',
  ])
  expect(new Set(LINES.map(({ who }) => who))).toEqual(new Set(['anna', 'bob', 'carl', 'host']))
  for (const section of [BEFORE, ...SECTIONS]) {
    const steps = LINES.filter((line) => line.section === section).map(({ step }) => step)
    expect(steps).toEqual(steps.toSorted((a, b) => a - b))
  }
})

// A line is a process of its own, and three quarters of a minute go by with all of them.
const PATIENCE = 180_000

describe('followed to the letter', () => {
  test(
    'the ceremony leaves keys for the service alone, two operators and a third, and a record that verifies',
    async () => {
      await walk(BEFORE)
      await walk(SECTIONS[0]!)
      expect(statSync(join(folder, 'database_url')).mode & 0o777).toBe(0o600)
      expect(statSync(join(folder, 'keys', 'secrets.json')).mode & 0o777).toBe(0o600)
      expect(readFileSync(join(folder, 'master_key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
      const operators = said.get('pratu operators list')!
      for (const name of ['anna', 'bob', 'carl'])
        expect(operators).toMatch(new RegExp(`^${name} +[\\w-]{43} {2}key-keeper, registrar, desk, auditor`, 'm'))
      expect(said.get('pratu operators make-key anna.key')).toContain(/^anna +([\w-]{43})/m.exec(operators)![1])
      expect(await serve()).toContain('"event":"ready"')
      expect(said.get('pratu audit verify')).toMatch(/3 of them signed by operators: nothing was changed/)
    },
    PATIENCE,
  )

  test(
    'the backup is restored elsewhere: the same fingerprint, a key that signs, everybody’s signatures',
    async () => {
      const onPaper = said.get('pratu keys fingerprint')
      await walk(SECTIONS[1]!)
      await walk(SECTIONS[2]!)
      expect(said.get('pratu keys fingerprint')).toBe(onPaper)
      expect(said.get('pratu keys verify')).toContain('The ring is whole')
      expect(said.get('pratu audit verify')).toContain('signed by operators: nothing was changed')
      expect(await serve()).toContain('"event":"ready"')
      // The machine goes back to what it served with.
      await person('host').type(
        'export PRATU_KEYS=keys PRATU_DATABASE_URL_FILE=database_url PRATU_MASTER_KEY_FILE=master_key',
      )
    },
    PATIENCE,
  )

  test(
    'a folder and a database that don’t belong together are refused, and change nothing',
    async () => {
      const other = person('stranger')
      await other.type('PRATU_KEYS=others pratu keys init')
      await expect(other.type('PRATU_KEYS=others pratu audit verify')).rejects.toThrow('do not belong together')
    },
    PATIENCE,
  )

  test(
    'a signing key that leaked is revoked by two, and the ring is whole',
    async () => {
      await walk(SECTIONS[3]!)
      expect(said.get('pratu requests approve NUMBER')).toMatch(/^Revoked [\w-]{43}.*\n[\w-]{43} signs in its place/)
      expect(said.get('pratu keys verify')).toContain('The ring is whole')
    },
    PATIENCE,
  )

  test(
    'an operator whose key was stolen is out at once, and comes back with another',
    async () => {
      await walk(SECTIONS[4]!)
      expect(said.get('pratu audit list --since 7d --persons --reason "a stolen laptop"')).toContain('"name":"bob"')
      const stolen = person('bob').type('PRATU_OPERATOR_KEY=bob.key pratu requests list')
      await expect(stolen).rejects.toThrow('no operator’s, or no longer')
      expect(await person('bob').type('pratu requests list')).toContain('Nothing waits')
      expect(await person('host').type('pratu audit verify')).toContain('nothing was changed')
    },
    PATIENCE,
  )

  test(
    'another master key takes two, and the former opens nothing afterwards; what it sealed goes over to a next version',
    async () => {
      await walk(SECTIONS[5]!)
      expect(said.get('pratu secrets list')).toMatch(/^personal-data +2, 1 former/m)
      expect(await serve()).toContain('"event":"ready"')
      const former = person('host').type('PRATU_MASTER_KEY_FILE=master_key pratu keys verify')
      await expect(former).rejects.toThrow('not sealed under this master key')
      expect(await person('host').type('pratu audit verify')).toContain('nothing was changed')
    },
    PATIENCE,
  )
})
