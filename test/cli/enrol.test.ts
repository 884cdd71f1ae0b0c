import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import decodeQR from 'qr/decode.js'
import { requestId } from '../../src/identity/identifiers.ts'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
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
  folder = await mkdtemp(join(tmpdir(), 'pratu-letter-'))
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

/** The picture as a phone sees it: two rows a line, ten pixels a module. */
function scan(ascii: string): string {
  const lines = ascii.split('\n').filter((line) => /[█▀▄]/.test(line))
  const dark = lines.flatMap((line) => [
    Array.from(line, (block) => block === ' ' || block === '▄'),
    Array.from(line, (block) => block === ' ' || block === '▀'),
  ])
  const size = 10
  const width = Math.max(...dark.map((row) => row.length)) * size
  const height = dark.length * size
  const data = new Uint8Array(width * height * 4).fill(255)
  dark.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (!isDark) return
      for (let dy = 0; dy < size; dy++)
        data.fill(0, ((y * size + dy) * width + x * size) * 4, ((y * size + dy) * width + (x + 1) * size) * 4)
    })
  })
  return decodeQR({ width, height, data })
}

test('enrol-totp prints a QR code that a phone reads, and its secret signs the person in', async () => {
  await world.addPerson(CODE)
  const { text } = await command.run('persons', 'enrol-totp', 'th', CODE)
  const address = new URL(scan(text))
  const secret = secretFromText(address.searchParams.get('secret') ?? '')
  expect(address.searchParams.get('issuer')).toBe('id.example')
  expect(decodeURIComponent(address.href)).not.toContain(CODE)
  expect(await world.submit(CODE, codeAt(secret, world.clock.now()).code)).toMatchObject({ step: 'signed-in' })
})

test('enrol-totp --uri prints the address instead; the code may come from standard input', async () => {
  await world.addPerson(CODE)
  command.type(`${CODE.slice(0, 5)} ${CODE.slice(5)}\n`)
  const { text } = await command.run('persons', 'enrol-totp', 'TH', '-', '--uri')
  expect(text).toMatch(/^otpauth:\/\/totp\/id\.example/)
  const grouped = text.split('\n')[1] ?? ''
  expect(text).toContain(`secret=${grouped.replaceAll(' ', '')}`)
})

test('who is mistyped gets a sentence before anything is opened', async () => {
  const mistyped = ['persons', 'enrol-totp', 'TH', '123']
  await expect(command.run(...mistyped)).rejects.toThrow('The code does not have the form of its scheme.')
  await expect(command.run('persons', 'enrol-letter', 'XX', '1')).rejects.toThrow('There is no such scheme. Known: TH,')
  expect(command.closed()).toBe(0)
})

test('who is not in the register is given nothing, and that somebody asked is on record', async () => {
  for (const name of ['enrol-totp', 'enrol-letter'])
    await expect(command.run('persons', name, 'TH', CODE)).rejects.toThrow('Nobody in the register')
  expect(await world.audited('person.read')).toMatchObject([{ person: null }, { person: null }])
  expect(await rows(database.db, 'select type from audit_event')).toHaveLength(2)
  expect(command.closed()).toBe(2)
})

test('enrol-letter writes a letter for the operator’s eyes alone, whose code activates', async () => {
  await world.addPerson(CODE)
  const out = join(folder, 'letter.html')
  const { text } = await command.run('persons', 'enrol-letter', 'TH', CODE, '--out', out)
  expect(text).toContain('delete the file')
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  const letter = await readFile(out, 'utf8')
  expect(letter).toContain('<html lang="th">')
  expect(letter).toContain('สมหญิง ตัวอย่างดี')
  expect(letter).toContain('https://id.example/activate')
  expect(letter).not.toContain(CODE)
  const code = /id="code">([\d ]+)</.exec(letter)?.[1] ?? ''
  expect(text).not.toContain(code)
  const fields = { person_code: CODE, code }
  expect(await world.activation.submit({ fields, source: '192.0.2.1', request: requestId('r') })).toMatchObject({
    step: 'activated',
  })
})

test('a letter that can’t be written is not in force, and an existing file is not touched', async () => {
  await world.addPerson(CODE)
  const out = join(folder, 'letter.html')
  await writeFile(out, 'an earlier letter')
  await expect(command.run('persons', 'enrol-letter', 'TH', CODE, '--out', out)).rejects.toThrow('exists already')
  expect(await readFile(out, 'utf8')).toBe('an earlier letter')
  await database.db.raw("alter table audit_event add check (type <> 'credential.letter-issued')")
  await expect(command.run('persons', 'enrol-letter', 'TH', CODE, '--out', join(folder, 'b.html'))).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['letter.html'])
  expect(await rows(database.db, 'select 1 from activation_letter')).toEqual([])
})
