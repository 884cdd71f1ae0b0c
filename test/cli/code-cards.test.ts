import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Outcome } from '../../src/login/flow.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'
import { commandOn } from './command.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: SignInWorld
let command: ReturnType<typeof commandOn>
let folder: string
beforeEach(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  command = commandOn(world)
  folder = await mkdtemp(join(tmpdir(), 'pratu-code-card-'))
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const submit = (fields: Record<string, string>): Promise<Outcome> =>
  world.withCards.submit(world.visit(), 'code-card', fields)

/** Signs in with what stands on the card. */
async function signIn(codes: ReadonlyMap<number, string>): Promise<Outcome> {
  const asked = await submit({ person_code: CODE })
  const { number } = (asked as unknown as { show: { number: number } }).show
  return submit({ code: codes.get(number)! })
}

/** As the eye reads the printed table or the page: numbers with their codes. */
const codesIn = (text: string, pattern: RegExp): Map<number, string> =>
  new Map(Array.from(text.matchAll(pattern), ([, number, code]) => [Number(number), code!]))
const onPaper = (html: string) => codesIn(html, /<th scope="row">(\d+)<\/th><td>(\d{3} \d{3})<\/td>/g)

test('issue-code-card writes a card for the printer, for the operator’s eyes alone, whose codes sign in', async () => {
  await world.addPerson(CODE)
  const out = join(folder, 'card.html')
  const { text } = await command.run('persons', 'issue-code-card', 'TH', CODE, '--out', out)
  expect(text).toContain('It works from now on')
  expect(text).not.toContain(CODE)
  expect((await stat(out)).mode & 0o077).toBe(0)
  const html = await readFile(out, 'utf8')
  expect(html).toContain('lang="th"')
  expect(html).toContain('@page{size:A6')
  expect(html).not.toContain(CODE)
  const codes = onPaper(html)
  expect([...codes.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, at) => at + 1))
  expect(await signIn(codes)).toMatchObject({ step: 'signed-in' })
})

test('--table prints the same to the terminal, and writes no file', async () => {
  await world.addPerson(CODE)
  const { text } = await command.run('persons', 'issue-code-card', 'th', CODE, '--table')
  const codes = codesIn(text, /(\d+) {2}(\d{3} \d{3})(?= |$)/gm)
  expect(codes.size).toBe(80)
  expect(text.split('\n')[0]).toMatch(/^ 1 {2}\d{3} \d{3} {3}\| {3}21 {2}/)
  expect(await signIn(codes)).toMatchObject({ step: 'signed-in' })
  expect(await readdir(folder)).toEqual([])
})

test('a second card waits for its first use; one for a lost card ends the others', async () => {
  await world.addPerson(CODE)
  const first = await command.run('persons', 'issue-code-card', 'TH', CODE, '--table')
  const codes = codesIn(first.text, /(\d+) {2}(\d{3} \d{3})(?= |$)/gm)
  await signIn(codes)
  const out = join(folder, 'next.html')
  const next = await command.run('persons', 'issue-code-card', 'TH', CODE, '--out', out, '--paper', 'a4')
  expect(next.text).toContain('works until the first code of this one is used')
  expect(await readFile(out, 'utf8')).toContain('@page{size:A4')
  expect(await signIn(codes)).toMatchObject({ step: 'signed-in' })
  const lost = await command.run('persons', 'issue-code-card', 'TH', CODE, '--table', '--lost')
  expect(lost.text).toContain('No earlier card works any more.')
  for (const former of [codes, onPaper(await readFile(out, 'utf8'))])
    expect(await signIn(former)).toMatchObject({ trouble: { code: 'PRT-2020' } })
})

test('where code cards are off none is issued, and it is said before anybody is looked at', async () => {
  await world.addPerson(CODE)
  const production = commandOn(world, { profile: 'production', codeCards: 'off' })
  const out = join(folder, 'card.html')
  await expect(production.run('persons', 'issue-code-card', 'TH', CODE, '--out', out)).rejects.toThrow(
    'Code cards are off here (PRATU_CODE_CARDS)',
  )
  expect(await readdir(folder)).toEqual([])
  expect(await rows(database.db, 'select 1 from code_card')).toEqual([])
  expect(await world.audited('person.read')).toEqual([])
  // A demonstration has them on by itself.
  const demo = commandOn(world, { profile: 'demo', codeCards: 'off' })
  expect((await demo.run('persons', 'issue-code-card', 'TH', CODE, '--table')).text).toMatch(/^ 1 /)
})

test('while code cards are switched off for an hour, that is said first, and no longer when they are on again', async () => {
  await world.addPerson(CODE)
  const why = { actor: { kind: 'operator', name: 'somsri' }, why: 'a stolen bag of cards' } as const
  const issue = async () => (await command.run('persons', 'issue-code-card', 'TH', CODE, '--table')).text
  await world.switches.switchOff(database.db, { method: 'code-card' }, why)
  expect(await issue()).toMatch(/^Code cards are switched off just now: .*\n 1 /)
  await world.switches.switchOn(database.db, { method: 'code-card' }, why)
  expect(await issue()).toMatch(/^ 1 /)
})

test('a file that is there already stays, and no card comes into force', async () => {
  await world.addPerson(CODE)
  const out = join(folder, 'card.html')
  await command.run('persons', 'issue-code-card', 'TH', CODE, '--out', out)
  const before = await readFile(out, 'utf8')
  await expect(command.run('persons', 'issue-code-card', 'TH', CODE, '--out', out)).rejects.toThrow('exists already')
  expect(await readFile(out, 'utf8')).toBe(before)
  expect(await rows(database.db, 'select 1 from code_card')).toHaveLength(1)
})

test('revoke-code-card ends every card, and says so when there was none', async () => {
  await world.addPerson(CODE)
  const { text } = await command.run('persons', 'issue-code-card', 'TH', CODE, '--table')
  const codes = codesIn(text, /(\d+) {2}(\d{3} \d{3})(?= |$)/gm)
  expect((await command.run('persons', 'revoke-code-card', 'TH', CODE)).text).toContain('no code of any card works')
  expect(await signIn(codes)).toMatchObject({ trouble: { code: 'PRT-2020' } })
  expect((await command.run('persons', 'revoke-code-card', 'TH', CODE)).text).toContain('has no code card')
  expect(await world.audited('credential.removed')).toHaveLength(1)
  await expect(command.run('persons', 'revoke-code-card', 'TH', thaiCode(2))).rejects.toThrow('Nobody in the register')
  expect(await world.audited('person.read')).toMatchObject([{ person: null }])
})

test('remove-pin takes away what somebody has forgotten, tells them, and says so when there was none', async () => {
  await world.addPerson(CODE)
  const person = (await world.persons.find(database.db, 'TH', CODE))!
  const made = await world.pins.prepare(person, '830174')
  if (!made.ok) throw new Error(made.fault)
  await world.pins.set(database.db, made.ready, { kind: 'citizen', person: person.key })
  expect((await command.run('persons', 'remove-pin', 'TH', CODE)).text).toContain('the PIN is gone')
  expect(await world.pins.has(database.db, person.key)).toBe(false)
  expect(world.announced.at(-1)).toMatchObject({ kind: 'means-removed', method: 'pin' })
  expect((await command.run('persons', 'remove-pin', 'TH', CODE)).text).toContain('has no PIN')
})

test('code-cards lists who needs a new one without naming anybody, and the look is on record', async () => {
  await world.addPerson(CODE)
  expect((await command.run('persons', 'code-cards')).text).toBe('Nobody needs a new code card.')
  const { text } = await command.run('persons', 'issue-code-card', 'TH', CODE, '--table')
  await signIn(codesIn(text, /(\d+) {2}(\d{3} \d{3})(?= |$)/gm))
  await rows(database.db, 'update code_card set unused = unused[1:7]')
  const listed = (await command.run('persons', 'code-cards')).text
  expect(listed).toMatch(/^ 7 left {3}card \d{4} \d{3} \d{3} {3}TH /)
  expect(listed).not.toContain(CODE)
  expect(await world.audited('person.read')).toHaveLength(2)
})
