import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { openOwnHistory } from '../../src/audit/own-history.ts'
import { openAuditReading } from '../../src/audit/read.ts'
import { addPersonsCommands } from '../../src/cli/persons.ts'
import { type Clients, openClients } from '../../src/clients/client.ts'
import { type Disclosure, openDisclosure } from '../../src/disclosure/disclosure.ts'
import { importClients } from '../../src/disclosure/import.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { rows } from '../../src/platform/db.ts'
import { clientsFile } from '../support/clients-file.ts'
import { testSealer } from '../support/keys.ts'
import { HEADING, openRegister, operator, people, type Register, thaiCode } from '../support/register.ts'

let register: Register
let folder: string
let file: string
let errors: string
let closed: number
let interrupt: () => void
let disclosure: Disclosure
let clients: Clients

beforeEach(async () => {
  register = await openRegister()
  disclosure = openDisclosure(register)
  clients = openClients({ ...register.needs, db: register.db, prepare: disclosure.prepare })
  folder = await mkdtemp(join(tmpdir(), 'pratu-persons-'))
  file = join(folder, 'people.csv')
  errors = ''
  closed = 0
})
afterEach(async () => {
  await clients.close()
  await register.close()
  await rm(folder, { recursive: true })
})

/** Runs the operator's command in this process and gives what it printed. */
async function run(
  words: string[],
  { input = '', source }: { input?: string; source?: Readable } = {},
): Promise<string> {
  const printed: string[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addPersonsCommands(program, {
    open: async () => ({
      ...register,
      config: { lookUpDelayDays: 30 },
      clients,
      disclosure,
      actor: operator,
      importPersons: (job) => importPersonsFile(register.needs, register.db, job),
      close: async () => void closed++,
    }),
    print: (line) => void printed.push(line),
    input: source ?? Readable.from([Buffer.from(input)]),
    errors: stream,
    terminal: false,
    clock: register.clock,
    onInterrupt(interrupted) {
      interrupt = interrupted
      return () => undefined
    },
  })
  const looks = ['show', 'history'].includes(words[0]!) && !words.includes('--reason')
  await program.parseAsync(['persons', ...words, ...(looks ? ['--reason', 'a test'] : [])], { from: 'user' })
  return printed.join('\n')
}

const BAD = `TH,1234567890123,citizen,active,ข,,,,1990\n`

describe('persons import', () => {
  test('loads a file and says what came of it', async () => {
    await writeFile(file, people(5))
    expect(await run(['import', file])).toBe('5 rows: 5 new, 0 changed, 0 as before, 0 rejected.')
    expect(await run(['import', file])).toBe('5 rows: 0 new, 0 changed, 5 as before, 0 rejected.')
    expect(closed).toBe(2)
  })

  test('sets bad rows aside in a file that only its owner can read, and leaves alone what is there already', async () => {
    await writeFile(file, people(2) + BAD)
    expect(await run(['import', file])).toBe(
      `1 bad row set aside, with line and reason, in ${file}.rejected\n3 rows: 2 new, 0 changed, 0 as before, 1 rejected.`,
    )
    expect(await readFile(`${file}.rejected`, 'utf8')).toBe(
      `line,reason,${HEADING}\n4,the check digit of the code is wrong,${BAD}`,
    )
    expect((await stat(`${file}.rejected`)).mode & 0o777).toBe(0o600)
    await writeFile(`${file}.rejected`, 'mended')
    expect(await run(['import', file])).toContain(`${file}.rejected-2`)
    await writeFile(file, people(3))
    await run(['import', file])
    expect(await readFile(`${file}.rejected`, 'utf8')).toBe('mended')
    expect(await readFile(`${file}.rejected-2`, 'utf8')).toContain(BAD)
  })

  test('with --strict loads nothing when a row is bad, and still says which', async () => {
    await writeFile(file, people(2) + BAD)
    await expect(run(['import', file, '--strict', '--rejected', join(folder, 'aside')])).rejects.toThrow(
      'Nothing was loaded',
    )
    expect(await readFile(join(folder, 'aside'), 'utf8')).toContain('4,the check digit')
    expect(await rows(register.db, 'select from person')).toEqual([])
    expect(closed).toBe(1)
  })

  test('reads standard input', async () => {
    const text = await run(['import', '-', '--rejected', join(folder, 'aside')], { input: people(3) + BAD })
    expect(text).toContain('4 rows: 3 new, 0 changed, 0 as before, 1 rejected.')
  })

  test('interrupted while it waits for more changes nothing and leaves no file behind', async () => {
    const source = new PassThrough()
    source.write(people(3) + BAD)
    const job = run(['import', '-', '--rejected', join(folder, 'aside')], { source })
    while (source.readableLength > 0) await new Promise((resolve) => setImmediate(resolve))
    interrupt()
    await expect(job).rejects.toThrow('interrupted. Nothing has changed.')
    expect(await rows(register.db, 'select from person')).toEqual([])
    await expect(stat(join(folder, 'aside'))).rejects.toThrow('ENOENT')
    await expect(stat(join(folder, 'aside.partial'))).rejects.toThrow('ENOENT')
  })

  test('shows progress beside the output, with rate and time left', async () => {
    await writeFile(file, people(3000))
    const now = register.clock.now
    // Each look at the clock is a second later.
    register.clock.now = () => {
      register.clock.advance(1000)
      return now()
    }
    await run(['import', file])
    expect(errors).toMatch(/^\d+ rows, \d+\/s, \d+ s left, 0 rejected$/m)
  })

  test.each([
    ['a file that is not there', 'missing.csv', 'There is no file'],
    ['a folder', '.', 'Nothing has changed'],
  ])('of %s says so in a sentence', async (_, name, why) => {
    await expect(run(['import', join(folder, name)])).rejects.toThrow(why)
  })

  test("takes in a register's own export with its encoding, its era and a map", async () => {
    const map = join(folder, 'map.json')
    const columns = { code: 'PID', given_name: 'N', birth_date: 'B' }
    await writeFile(map, JSON.stringify({ columns, constants: { scheme: 'TH' } }))
    const thai = Buffer.of(0xca, 0xc1, 0xaa, 0xd2, 0xc2)
    await writeFile(file, Buffer.concat([Buffer.from(`X,PID,N,B\n1,${thaiCode(1)},`), thai, Buffer.from(',2533\n')]))
    expect(await run(['import', file, '--encoding', 'tis-620', '--era', 'be', '--map', map])).toContain('1 new')
    expect(await register.person('TH', thaiCode(1))).toMatchObject({ names: { given: 'สมชาย' }, birthDate: '1990' })
  })

  test('with a map that is wrong names all its mistakes and opens nothing', async () => {
    const map = join(folder, 'map.json')
    await writeFile(map, '{"columns":{"pin":"PIN"},"dates":1}')
    const told = await run(['import', file, '--map', map]).catch((error: Error) => error.message)
    expect(told).toMatch(
      /map.json can't be used:\n {2}dates: unknown.*\n {2}columns.pin: .*\n {2}scheme: .*\n {2}code: /,
    )
    await expect(run(['import', file, '--map', join(folder, 'none.json')])).rejects.toThrow('There is no file')
    await expect(run(['import', file, '--era', 'julian'])).rejects.toThrow('Allowed choices are ce, be')
    expect(closed).toBe(0)
    await writeFile(file, people(1))
    await expect(run(['import', file, '--encoding', 'klingon'])).rejects.toThrow('There is no encoding klingon.')
  })

  test('of a file with another heading says so in a sentence', async () => {
    await writeFile(file, 'name,age\nx,1\n')
    await expect(run(['import', file])).rejects.toThrow(
      'unknown column "name", unknown column "age", no column "scheme"',
    )
  })
})

describe('one person', () => {
  const code = thaiCode(1)
  beforeEach(() => register.load(people(2)))

  test('is shown, and the look is audited', async () => {
    const text = await run(['show', 'th', code])
    expect(text).toMatch(/status +active/)
    expect(text).toMatch(/TH +1 0000 00000 01 \d/)
    expect(text).toMatch(/name +สมชาย1 ใจดี/)
    const { key } = await register.person('TH', code)
    expect(await rows(register.db, "select person from audit_event where type = 'person.read'")).toEqual([
      { person: key },
    ])
  })

  test('is found by a code from standard input, typed with spaces and Thai digits', async () => {
    const thai = code.replace(/\d/g, (digit) => String.fromCharCode(0x0e50 + Number(digit)))
    expect(await run(['show', 'TH', '-'], { input: `${thai.slice(0, 1)} ${thai.slice(1)}\n` })).toContain('สมชาย1')
  })

  test('who is not there is not found, and that is audited too; the code is not repeated', async () => {
    const unknown = thaiCode(77)
    const told = await run(['show', 'TH', unknown]).catch((error: unknown) => String(error))
    expect(told).toContain('Nobody in the register')
    expect(told).not.toContain(unknown)
    expect(await rows(register.db, "select person from audit_event where type = 'person.read'")).toEqual([
      { person: null },
    ])
  })

  test.each([
    ['TH', '1234567890123', 'The check digit of the code is wrong.'],
    ['TH', '12', 'The code does not have the form of its scheme.'],
    ['XX', '12', 'There is no such scheme. Known: TH, EE'],
  ])('with a mistyped code is not looked for: %s %s', async (scheme, typed, why) => {
    await expect(run(['show', scheme, typed])).rejects.toThrow(why)
    expect(closed).toBe(0)
  })

  test.each([['set-status', 'suspended'], ['lock'], ['unlock'], ['unblock']])(
    'who is not there can’t be changed, and that somebody tried is on record: %s',
    async (verb, ...rest) => {
      const unknown = thaiCode(77)
      const told = await run([verb, 'TH', unknown, ...rest, '--reason', 'x']).catch((error: unknown) => String(error))
      expect(told).toContain('Nobody in the register')
      const reading = openAuditReading({ sealer: testSealer('audit-payload'), audit: register.audit })
      const [entry, ...more] = await reading.read(register.db, operator, { type: 'person.read', persons: true })
      expect(more).toEqual([])
      expect(entry).toMatchObject({ actor: operator, detail: { scheme: 'TH', what: verb, found: false } })
      expect(JSON.stringify(entry)).not.toContain(unknown)
    },
  )

  test('gets another status with a reason, and both versions stand in the history', async () => {
    const text = await run(['set-status', 'TH', code, 'suspended', '--reason', 'court order 5/2569'])
    expect(text).toBe(`1 0000 ••••• 01 ${code.at(-1)}: active before, suspended now.`)
    expect(await run(['set-status', 'TH', code, 'suspended', '--reason', 'again'])).toContain('suspended already')
    const history = await run(['history', 'TH', code])
    expect(history).toMatch(/Version 2, since 2026-11-21T09:00:00.000Z, in force\n(.+\n)*.*status +suspended/)
    expect(history).toMatch(/Version 1, since .* replaced by somsri: court order 5\/2569\n(.+\n)*.*status +active/)
  })

  test('was locked and let in again: the history says when, by whom and why, of both', async () => {
    register.clock.advance(60_000)
    const locked = new Date(register.clock.now()).toISOString()
    await run(['lock', 'TH', code, '--reason', 'a stolen card'])
    register.clock.advance(60_000)
    const unlocked = new Date(register.clock.now()).toISOString()
    await run(['unlock', 'TH', code, '--reason', 'came with passport'])
    const [third, second, first] = (await run(['history', 'TH', code])).split(/\n(?=Version )/)
    expect(third).toContain(`Version 3, since ${unlocked}, in force`)
    expect(third).not.toContain('locked')
    expect(second).toContain(`until ${unlocked}, unlocked by somsri: came with passport`)
    expect(second).toMatch(new RegExp(`^ +locked +since ${locked}, by an operator$`, 'm'))
    expect(first).toContain(`until ${locked}, locked by somsri: a stolen card`)
    expect(first).not.toMatch(/^ +locked/m)
  })

  test('no lock is laid at the door of an import, where a node of the former version kept none', async () => {
    await run(['lock', 'TH', code, '--reason', 'a stolen card'])
    register.clock.advance(60_000)
    await register.load(people(3, { status: 'emigrated' }))
    await rows(register.db, 'update person_history set locked_at = null')
    const [, second] = (await run(['history', 'TH', code])).split(/\n(?=Version )/)
    expect(second).toMatch(/Version 2, .*, replaced by .*\(import /)
  })

  test('gets no other status without a reason, nor one that does not exist', async () => {
    const before = await register.snapshot()
    await expect(run(['set-status', 'TH', code, 'suspended'])).rejects.toThrow('--reason')
    await expect(run(['set-status', 'TH', code, 'suspended', '--reason', ' '])).rejects.toThrow('needs a reason')
    await expect(run(['set-status', 'TH', code, 'asleep', '--reason', 'x'])).rejects.toThrow('Allowed choices')
    expect(await register.snapshot()).toBe(before)
  })

  test('has the ways opened again that they shut, for a reason; the page of the person tells what is shut', async () => {
    const person = await register.person('TH', code)
    const citizen = { kind: 'citizen', person: person.key } as const
    await register.persons.setBlocks(register.db, person.key, { only: ['totp'] }, { actor: citizen })
    expect(await run(['show', 'TH', code])).toMatch(/^blocked by them +all but totp$/m)
    await expect(run(['unblock', 'TH', code])).rejects.toThrow('--reason')
    await expect(run(['unblock', 'TH', code, '--reason', ' '])).rejects.toThrow('needs a reason')
    const text = await run(['unblock', 'TH', code, '--reason', 'came with passport'])
    expect(text).toBe(`1 0000 ••••• 01 ${code.at(-1)}: opened; all but totp was shut.`)
    expect(await run(['unblock', 'TH', code, '--reason', 'again'])).toContain('has shut nothing')
    expect(await run(['show', 'TH', code])).not.toContain('blocked')
    const history = await run(['history', 'TH', code])
    expect(history).toMatch(/Version 2, .* replaced by somsri: came with passport/)
    expect(history).toMatch(/Version 1, .* replaced by citizen: blocked methods: all but totp/)
  })

  test('has a consent taken back by telephone: the site learns no more, and the record names the operator', async () => {
    const bounds = { loopback: false, pkceOptional: false, methods: ['totp'] as const }
    await importClients(register.db, clientsFile(), { ...register, clients, actor: operator, bounds })
    await clients.refresh()
    const client = clients.find('tax-web')!
    const person = await register.person('TH', code)
    const agreed = disclosure.agreement(client)!
    await disclosure.consents.give(register.db, { person: person.key, client: client.id }, agreed, ['birthdate'])
    const requested = { scopes: ['openid', 'profile'] }
    const told = async () => (await disclosure.weigh(register.db, { client, person, requested })).release
    expect(await told()).toHaveProperty('birthdate')

    const text = await run(['withdraw-consent', 'TH', '-', 'tax-web'], { input: `${code}\n` })
    expect(text).toBe(`1 0000 ••••• 01 ${code.at(-1)}: consent withdrawn. From now on tax-web is not told: birthdate.`)
    expect(await told()).not.toHaveProperty('birthdate')
    const reading = openAuditReading({ sealer: testSealer('audit-payload'), audit: register.audit })
    const entries = () => reading.read(register.db, operator, { type: 'consent.withdrawn', persons: true })
    expect(await entries()).toEqual([
      expect.objectContaining({ by: 'operator', actor: operator, person: person.key, client: 'tax-web' }),
    ])

    expect(await run(['withdraw-consent', 'TH', code, 'tax-web'])).toContain('no consent standing')
    await expect(run(['withdraw-consent', 'TH', code, 'nobody'])).rejects.toThrow('no site nobody')
    await expect(run(['withdraw-consent', 'TH', thaiCode(77), 'tax-web'])).rejects.toThrow('Nobody in the register')
    expect(await entries()).toHaveLength(1)
  })
})

describe('a look at somebody', () => {
  test('needs a reason, which the person reads on their own page; later where a law says so', async () => {
    await register.load(people(2))
    const code = thaiCode(1)
    await expect(run(['show', 'TH', code, '--reason', ' '])).rejects.toThrow('needs a reason')
    await run(['show', 'TH', code, '--reason', 'benefit claim 114'])
    await run(['history', 'TH', code, '--reason', 'an inquiry', '--withheld', 'Criminal Procedure Code, section 131'])
    const sealer = testSealer('audit-payload')
    const history = openOwnHistory({ sealer, clock: register.clock, retentionDays: 730 })
    const { key } = await register.person('TH', code)
    const looks = async () =>
      (await history.of(register.db, key, { types: ['person.read'] })).map(({ detail }) => detail.reason)
    expect(await looks()).toEqual(['benefit claim 114'])
    register.clock.advance(30 * 86_400_000)
    expect(new Set(await looks())).toEqual(new Set(['an inquiry', 'benefit claim 114']))
  })
})
