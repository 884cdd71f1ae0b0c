import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ImportBusy, ImportInterrupted } from '../../src/persons/import.ts'
import { openDb, rows } from '../../src/platform/db.ts'
import { HEADING, openRegister, operator, people, type Register, thaiCode } from '../support/register.ts'

let register: Register
beforeEach(async () => {
  register = await openRegister()
})
afterEach(() => register.close())

const jsonl = (...objects: object[]): string => objects.map((object) => JSON.stringify(object)).join('\n')
const counts = ({ rows, created, changed, unchanged, rejected, loaded }: Awaited<ReturnType<Register['load']>>) => ({
  rows,
  created,
  changed,
  unchanged,
  rejected,
  loaded,
})
const total = async (): Promise<number> => (await rows(register.db, 'select from person')).length

describe('an import', () => {
  test('takes in CSV, and JSON Lines with the same names, alike', async () => {
    const [a, b] = [thaiCode(1), thaiCode(2)]
    const values = ['citizen', 'active', 'สมชาย', 'ใจดี', 'Somchai', 'Jaidee', '1990-01-01']
    const csv = await register.load(`\ufeff${HEADING}\r\nTH,${a},${values.join(',')}\r\n`)
    const names = HEADING.split(',').slice(2)
    const object = Object.fromEntries(names.map((name, at) => [name, values[at]]))
    const lines = await register.load(jsonl({ scheme: 'TH', code: b, ...object }))
    expect([counts(csv), counts(lines)]).toEqual(
      Array(2).fill({ rows: 1, created: 1, changed: 0, unchanged: 0, rejected: 0, loaded: true }),
    )
    const [one, other] = [await register.person('TH', a), await register.person('TH', b)]
    const common = { kind: 'citizen', status: 'active', birthDate: '1990-01-01', version: 1 }
    expect(one).toMatchObject({ ...common, names: { given: 'สมชาย', familyLatin: 'Jaidee' } })
    expect(other).toMatchObject({ ...common, names: one.names })
  })

  test('takes in more than one batch, into an empty register and into a full one', async () => {
    expect(counts(await register.load(people(501), { piece: 4096 }))).toMatchObject({ created: 501, rejected: 0 })
    const more = await register.load(people(600, { from: 250 }), { piece: 4096 })
    expect(counts(more)).toMatchObject({ created: 349, changed: 0, unchanged: 251 })
    expect(await total()).toBe(850)
    for (const serial of [0, 99, 100, 500, 849])
      expect((await register.person('TH', thaiCode(serial))).names.given).toBe(`สมชาย${serial}`)
  })

  test('of the same file twice changes nothing, and says so in the audit only', async () => {
    await register.load(people(300), { piece: 4096 })
    const before = await register.snapshot()
    register.clock.advance(86_400_000)
    expect(counts(await register.load(people(300), { piece: 4096 }))).toMatchObject({ changed: 0, unchanged: 300 })
    expect(await register.snapshot()).toBe(before)
    expect(await rows(register.db, "select from audit_event where type = 'person.imported'")).toHaveLength(2)
  })

  test('of a row for a known person changes that person and keeps the version before', async () => {
    await register.load(people(10))
    const { key } = await register.person('TH', thaiCode(4))
    const first = register.clock.now()
    register.clock.advance(1000)
    const second = await register.load(people(10).replace('สมชาย4', 'สมหญิง'))
    expect(counts(second)).toMatchObject({ created: 0, changed: 1, unchanged: 9 })
    expect(await register.person('TH', thaiCode(4))).toMatchObject({ key, names: { given: 'สมหญิง' }, version: 2 })
    expect(await register.persons.history(register.db, key)).toMatchObject([
      { person: { version: 2, names: { given: 'สมหญิง' } }, since: first + 1000 },
      {
        person: { version: 1, names: { given: 'สมชาย4' } },
        since: first,
        replaced: { at: first + 1000, by: operator, import: second.id },
      },
    ])
  })

  test('removes what a column leaves empty and leaves what the file has no column for', async () => {
    await register.load(people(1))
    await register.load(`scheme,code,family_name\nTH,${thaiCode(0)},\n`)
    const person = await register.person('TH', thaiCode(0))
    expect(person.names).toEqual({ given: 'สมชาย0', givenLatin: 'Somchai', familyLatin: 'Jaidee' })
    expect(person).toMatchObject({ status: 'active', birthDate: '1990-01-01' })
  })

  test("does not undo an operator's change of status by repeating what the file said before", async () => {
    await register.load(people(1))
    const { key } = await register.person('TH', thaiCode(0))
    await register.persons.setStatus(register.db, key, 'suspended', { actor: operator, reason: 'fraud' })
    await register.load(people(1).replace('ใจดี', 'รักไทย'))
    expect(await register.person('TH', thaiCode(0))).toMatchObject({ status: 'suspended', names: { family: 'รักไทย' } })
    await register.load(people(1, { status: 'deceased' }))
    expect((await register.person('TH', thaiCode(0))).status).toBe('deceased')
  })

  test('adds further identifiers to a known person and ends the validity of one', async () => {
    const [th, ee] = [thaiCode(5), '38001085718']
    await register.load(jsonl({ scheme: 'TH', code: th, given_name: 'ก' }))
    await register.load(
      jsonl({
        identifiers: [
          { scheme: 'TH', code: th },
          { scheme: 'EE', code: ee },
        ],
      }),
    )
    const { key } = await register.person('TH', th)
    expect((await register.person('EE', ee)).key).toBe(key)
    await register.load(jsonl({ scheme: 'EE', code: ee, valid_to: '2026-01-01' }))
    expect(await register.persons.find(register.db, 'EE', ee)).toBeUndefined()
    expect((await register.person('TH', th)).identifiers).toEqual([
      { scheme: 'TH', code: th },
      { scheme: 'EE', code: ee, validTo: '2026-01-01' },
    ])
  })

  test('is one audit row, with the counts and the digest of the file', async () => {
    const result = await register.load(people(3))
    const { createHash } = await import('node:crypto')
    expect(result.sha256).toBe(createHash('sha256').update(people(3)).digest('hex'))
    const audited = await rows<{ event: string; payload: Buffer }>(
      register.db,
      "select event, payload from audit_event where type = 'person.imported'",
    )
    expect(audited).toHaveLength(1)
  })

  test('tells how far it is', async () => {
    const seen: number[] = []
    const text = people(500)
    await register.load(text, {
      piece: 2000,
      size: Buffer.byteLength(text),
      progress: ({ rows, rate, secondsLeft }) => {
        seen.push(rows)
        expect(rate).toBeGreaterThan(0)
        expect(secondsLeft).toBeGreaterThanOrEqual(0)
      },
    })
    expect(seen.at(-1)).toBe(500)
  })
})

describe('bad rows', () => {
  const bad = `${HEADING}
TH,${thaiCode(1)},citizen,active,ก,,,,1990
TH,1234567890123,citizen,active,ข,,,,1990
TH,${thaiCode(2)},citizen,active,,,,,1990
TH,${thaiCode(3)},citizen,active,"ค",,,,2533
TH,${thaiCode(1)},citizen,active,ง,,,,1990
TH,${thaiCode(4)},citizen,active,จ
TH,${thaiCode(5)},citizen,"active,ฉ,,,,1990
TH,${thaiCode(6)},citizen,active,ช,,,,1990
`
  test('are set aside with line and reason, and the good ones are loaded', async () => {
    const result = await register.load(bad)
    expect(counts(result)).toEqual({ rows: 8, created: 2, changed: 0, unchanged: 0, rejected: 6, loaded: true })
    expect(result.aside).toEqual([
      `line,reason,${HEADING}`,
      '3,the check digit of the code is wrong,TH,1234567890123,citizen,active,ข,,,,1990',
      `4,a new person needs a name,TH,${thaiCode(2)},citizen,active,,,,,1990`,
      `5,birth_date: the year 2533 looks like the Buddhist era (--era be; Gregorian: 1990),TH,${thaiCode(3)},citizen,active,ค,,,,2533`,
      `6,lines 2 and 6 are about the same code; the first one was taken,TH,${thaiCode(1)},citizen,active,ง,,,,1990`,
      `7,"the row has 5 fields, the heading 9",TH,${thaiCode(4)},citizen,active,จ`,
      `8,a quote is opened and never closed,TH,${thaiCode(5)},citizen,"active,ฉ,,,,1990`,
    ])
  })

  test('would leave a known person without any name', async () => {
    await register.load(people(1))
    const result = await register.load(`${HEADING}\nTH,${thaiCode(0)},citizen,active,,,,,1990-01-01\n`)
    expect(counts(result)).toMatchObject({ changed: 0, rejected: 1 })
    expect(result.aside[1]).toMatch(/^2,the row would leave the person without any name,/)
    expect((await register.person('TH', thaiCode(0))).names.given).toBe('สมชาย0')
  })

  test('are about invented people, save where a demonstration takes them in', async () => {
    const invented = { scheme: 'TH', code: thaiCode(1), given_name: 'ก', demo: true }
    const file = jsonl(
      invented,
      { ...invented, code: thaiCode(2), demo: false },
      { ...invented, code: thaiCode(3), demo: 1 },
    )
    const result = await register.load(file)
    expect(counts(result)).toMatchObject({ created: 1, rejected: 2 })
    expect(result.aside.map((line) => JSON.parse(line) as object)).toEqual([
      { line: 1, reason: 'an invented person of the demonstration has no place in a real register', ...invented },
      { line: 3, reason: 'demo must be true or false', ...invented, code: thaiCode(3), demo: 1 },
    ])
    expect(counts(await register.load(file, { demo: true }))).toMatchObject({ created: 1, unchanged: 1, rejected: 1 })
  })

  test('are the same ones in a register that is not empty', async () => {
    await register.load(people(1, { from: 77 }))
    const result = await register.load(bad)
    expect(counts(result)).toMatchObject({ created: 2, rejected: 6 })
    expect(new Set(result.aside.map((line) => line.split(',')[0]))).toEqual(
      new Set(['line', '3', '4', '5', '6', '7', '8']),
    )
    expect(result.aside).toHaveLength(7)
  })

  test('mended in the file of rejected rows can be imported from there', async () => {
    const { aside } = await register.load(bad)
    const mended = [aside[0], aside[3]?.replaceAll('2533', '1990')].join('\n')
    expect(counts(await register.load(mended))).toMatchObject({ created: 1, rejected: 0 })
    expect((await register.person('TH', thaiCode(3))).birthDate).toBe('1990')
  })

  test('keep everything out when strict, and all of them are still named', async () => {
    await register.load(people(1, { from: 77 }))
    const before = await register.snapshot()
    const result = await register.load(bad, { strict: true })
    expect(counts(result)).toMatchObject({ rejected: 6, loaded: false })
    expect(result.aside).toHaveLength(7)
    expect(await register.snapshot()).toBe(before)
    expect(await rows(register.db, "select from audit_event where type = 'person.imported'")).toHaveLength(1)
  })

  test('of JSON Lines are set aside as JSON Lines', async () => {
    const good = { scheme: 'TH', code: thaiCode(1), given_name: 'ก' }
    const text = [
      JSON.stringify(good),
      '',
      '{"scheme":"TH"',
      '[1]',
      jsonl({ ...good, code: 12 }),
      jsonl({ ...good, code: thaiCode(2), colour: 'red' }),
      jsonl({ ...good, identifiers: [] }),
      jsonl({ given_name: 'ก', identifiers: [] }),
      jsonl({ given_name: 'ก', identifiers: [{ scheme: 'TH', code: thaiCode(3), pin: '1' }] }),
    ].join('\n')
    const { aside, ...result } = await register.load(text)
    expect(result).toMatchObject({ rows: 8, created: 1, rejected: 7 })
    const set = aside.map((line) => JSON.parse(line) as { line: number; reason: string })
    expect(set.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '3: the line is not JSON',
      '4: the line is not a JSON object',
      '5: code must be text in quotes',
      expect.stringContaining('6: unknown field'),
      expect.stringContaining('7: scheme, code and validity stand either'),
      '8: an identifier is needed',
      expect.stringContaining('9: unknown field of an identifier'),
    ])
    expect(set[0]).toMatchObject({ text: '{"scheme":"TH"' })
    expect(set[2]).toMatchObject({ ...good, code: 12 })
  })

  test('that tie two known persons together, or one person to two rows, are set aside', async () => {
    const [a, b, ee] = [thaiCode(1), thaiCode(2), '38001085718']
    await register.load(
      jsonl(
        {
          identifiers: [
            { scheme: 'TH', code: a },
            { scheme: 'EE', code: ee },
          ],
          given_name: 'ก',
        },
        { scheme: 'TH', code: b, given_name: 'ข' },
      ),
    )
    const before = await register.snapshot()
    const tied = await register.load(
      jsonl({
        identifiers: [
          { scheme: 'TH', code: a },
          { scheme: 'TH', code: b },
        ],
      }),
    )
    expect(JSON.parse(tied.aside[0] ?? '')).toMatchObject({
      line: 1,
      reason: expect.stringContaining('different persons'),
    })
    expect(await register.snapshot()).toBe(before)
    const twice = await register.load(
      jsonl({ scheme: 'TH', code: a, given_name: 'ค' }, { scheme: 'EE', code: ee, given_name: 'ง' }),
    )
    expect(twice.aside.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { line: 2, reason: 'lines 1 and 2 are about the same person; the first one was taken' },
    ])
    expect((await register.person('TH', a)).names.given).toBe('ค')
  })
})

describe('a file that is no person file', () => {
  test.each([
    ['empty', '', 'empty'],
    ['of blank lines', '\n\n \n', 'empty'],
    ['with an unknown heading', 'name;code\nx;y\n', 'unknown column "name;code", no column "scheme", no column "code"'],
    ['with a column twice', 'scheme,code,code\n', 'column "code" twice'],
    ['of another kind', '<xml/>\n', 'unknown column "<xml/>"'],
  ])('%s is refused whole, with all that is wrong with it', async (_, text, why) => {
    await expect(register.load(text)).rejects.toThrow(why)
    expect(await total()).toBe(0)
  })
})

describe('an interrupted import', () => {
  test.each(['empty', 'full'])('changes nothing in a register that was %s', async (kind) => {
    if (kind === 'full') await register.load(people(300), { piece: 4096 })
    const before = await register.snapshot()
    const stop = new AbortController()
    const job = register.load(people(900, { status: 'emigrated' }), {
      piece: 4096,
      signal: stop.signal,
      progress: ({ rows }) => rows > 600 && stop.abort(),
      rejected: { line: () => undefined, flushed: () => Promise.resolve(register.clock.advance(200)) },
    })
    await expect(job).rejects.toThrow(ImportInterrupted)
    expect(await register.snapshot()).toBe(before)
    expect(counts(await register.load(people(900), { piece: 4096 }))).toMatchObject({ rejected: 0, loaded: true })
  })

  test('whose connection is cut changes nothing, and the next one goes through', async () => {
    await register.load(people(200), { piece: 4096 })
    const before = await register.snapshot()
    const other = openDb({ url: register.url, patience: 0 })
    let cut = false
    const job = register.load(people(900, { status: 'emigrated' }), {
      piece: 4096,
      rejected: {
        line: () => undefined,
        flushed: async () => {
          if (cut) return
          const sql =
            "select pg_terminate_backend(pid) as cut from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and exists (select from pg_locks l where l.pid = pg_stat_activity.pid and locktype = 'relation' and mode = 'RowExclusiveLock')"
          cut = (await rows(other.db, sql)).length > 0
        },
      },
    })
    await expect(job).rejects.toThrow()
    expect(cut).toBe(true)
    await other.close()
    expect(await register.snapshot()).toBe(before)
    const again = await register.load(people(900, { status: 'emigrated' }), { piece: 4096 })
    expect(counts(again)).toMatchObject({ created: 700, changed: 200, rejected: 0 })
  })

  test('whose audit row fails changes nothing', async () => {
    await rows(
      register.db,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$`,
    )
    await rows(register.db, 'create trigger t before insert on audit_event for each row execute function refuse()')
    await expect(register.load(people(10))).rejects.toThrow('full')
    expect(await total()).toBe(0)
  })
})

describe('while an import is running', () => {
  test('another one is refused, people sign in with what was there, and they may choose a language', async () => {
    await register.load(people(250), { piece: 4096 })
    const { key } = await register.person('TH', thaiCode(1))
    let looked = false
    const job = register.load(people(250, { status: 'emigrated' }), {
      piece: 4096,
      progress: () => undefined,
      rejected: {
        line: () => undefined,
        flushed: async () => {
          const locks = await rows(register.db, "select from pg_locks where mode = 'RowExclusiveLock'")
          if (looked || locks.length === 0) return
          looked = true
          await expect(register.load(people(1))).rejects.toThrow(ImportBusy)
          expect((await register.person('TH', thaiCode(1))).status).toBe('active')
          await register.persons.setLanguage(register.db, key, 'et')
        },
      },
    })
    expect(counts(await job)).toMatchObject({ changed: 250 })
    expect(looked).toBe(true)
    expect(await register.person('TH', thaiCode(1))).toMatchObject({ status: 'emigrated', language: 'et' })
  })
})
