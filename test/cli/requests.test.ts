import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addRequestCommands } from '../../src/cli/requests.ts'
import { requestId } from '../../src/identity/identifiers.ts'
import type { OperatorActor } from '../../src/operators/requests.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { ANNA, BOB, type DeskWorld, deskWorld } from '../support/desk-world.ts'
import { thaiCode } from '../support/sign-in.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: DeskWorld
let folder: string
beforeEach(async () => {
  database = await testDatabase()
  world = deskWorld(database.db)
  folder = await mkdtemp(join(tmpdir(), 'pratu-two-'))
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

async function run(actor: OperatorActor, words: string[], passkeys: 'on' | 'off' = 'on'): Promise<string> {
  const printed: string[] = []
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addRequestCommands(program, {
    open: async () => ({
      ...world,
      actor,
      config: { ...world.config, passkeys },
      close: async () => {},
    }),
    print: (line) => void printed.push(line),
    nextMaster: () => {
      throw new Error('there is no master key here')
    },
    input: Readable.from([`${CODE}\n`]),
  })
  await program.parseAsync(words, { from: 'user' })
  return printed.join('\n')
}
const anna = (...words: string[]) => run(ANNA, words)
const bob = (...words: string[]) => run(BOB, words)
const numberIn = (text: string) => /Request (\d+)\./.exec(text)![1]!

test('a desk is asked for by one, allowed by another, and opened with the code that only the first has seen', async () => {
  const person = await world.citizen(CODE)
  const asked = await anna('persons', 'desk-passkey', 'th', '-', '--reason', 'passport AA1 seen')
  const id = numberIn(asked)
  expect(asked).toContain(`https://id.example/desk/${id}`)
  expect(asked).not.toContain(CODE)
  const code = /^\d{4} \d{4} \d{4}$/m.exec(asked)![0]
  const list = await bob('requests', 'list')
  expect(list).toMatch(/anna {2}a passkey made at a desk, for TH .*: passport AA1 seen/)
  expect(list).not.toContain(CODE)
  await expect(anna('requests', 'approve', id)).rejects.toThrow('another operator must')
  const allowed = await bob('requests', 'approve', id)
  expect(allowed).toContain('anna has 15 minutes')
  expect(allowed).not.toContain(code)
  expect(await world.desk.open(world.visit(id), code)).toMatchObject({ ok: true })
  await expect(bob('requests', 'approve', id)).rejects.toThrow('decided before')
  expect(await bob('requests', 'list')).toBe('Nothing waits for another operator.')
  expect((await world.audited('operators.approved'))[0]?.person).toBe(person.key)
})

test('a recovery takes all away and writes a letter when the other allows it', async () => {
  const { person } = await world.addEnrolled(CODE)
  const id = numberIn(await anna('persons', 'recover', 'TH', CODE, '--reason', 'came with two witnesses'))
  const out = join(folder, 'letter.html')
  await expect(run(ANNA, ['requests', 'approve', id, '--out', out])).rejects.toThrow('another operator must')
  expect(await readdir(folder)).toEqual([])
  expect(await world.credentials.held(database.db, person)).toHaveLength(1)
  const done = await bob('requests', 'approve', id, '--out', out)
  expect(done).toContain('Taken away: totp.')
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  const letter = await readFile(out, 'utf8')
  const code = /id="code">([\d ]+)</.exec(letter)?.[1] ?? ''
  expect(done).not.toContain(code)
  expect(await world.credentials.held(database.db, person)).toEqual([])
  const fields = { person_code: CODE, code }
  expect(await world.activation.submit({ fields, source: '192.0.2.1', request: requestId('r') })).toMatchObject({
    step: 'activated',
  })
})

test('a letter that can’t be written recovers nobody', async () => {
  const { person } = await world.addEnrolled(CODE)
  const id = numberIn(await anna('persons', 'recover', 'TH', CODE, '--reason', 'lost all'))
  await expect(bob('requests', 'approve', id, '--out', join(folder, 'none', 'letter.html'))).rejects.toThrow('ENOENT')
  expect(await world.credentials.held(database.db, person)).toHaveLength(1)
  expect(await world.requests.waiting(database.db)).toHaveLength(1)
})

test('whoever is not there, may not sign in, or has no reason given is not asked for', async () => {
  await expect(anna('persons', 'recover', 'TH', CODE, '--reason', 'x')).rejects.toThrow('Nobody in the register')
  expect(await world.audited('person.read')).toMatchObject([{ person: null }])
  await world.addPerson(CODE, 'deceased')
  await expect(anna('persons', 'desk-passkey', 'TH', CODE, '--reason', 'x')).rejects.toThrow('may not sign in')
  await world.addPerson(thaiCode(2))
  await expect(anna('persons', 'recover', 'TH', thaiCode(2), '--reason', '  ')).rejects.toThrow('needs a reason')
  await expect(run(ANNA, ['persons', 'desk-passkey', 'TH', thaiCode(2), '--reason', 'x'], 'off')).rejects.toThrow(
    'Passkeys are off',
  )
  expect(await rows(database.db, 'select 1 from operator_request')).toEqual([])
})

test('what was asked for can be refused, by oneself too', async () => {
  await world.citizen(CODE)
  const id = numberIn(await anna('persons', 'desk-passkey', 'TH', CODE, '--reason', 'x'))
  expect(await anna('requests', 'refuse', id)).toContain('Refused')
  await expect(bob('requests', 'approve', id)).rejects.toThrow('decided before')
  await expect(bob('requests', 'refuse', '77')).rejects.toThrow('no such request')
})
