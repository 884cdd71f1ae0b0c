import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readMap } from '../../src/persons/map.ts'
import { HEADING, openRegister, type Register, thaiCode } from '../support/register.ts'

// Files as registers really export them.

let register: Register
beforeEach(async () => {
  register = await openRegister()
})
afterEach(() => register.close())

const tis620 = (text: string): Buffer =>
  Buffer.from(Array.from(text, (char) => (char < '\u0e00' ? char.charCodeAt(0) : char.charCodeAt(0) - 0x0e00 + 0xa0)))

/** Forty columns, most of them nobody's business here; an address with line breaks, quotes and semicolons in the middle. */
const HEADINGS = [
  'SEQ',
  'PID',
  'TITLE',
  'FNAME',
  'LNAME',
  'SEX',
  'DOB',
  'STATUS',
  'NATION',
  'ADDRESS',
  ...Array.from({ length: 30 }, (_, at) => `EXTRA${at + 1}`),
]
const line = (fields: Record<string, string>): string =>
  HEADINGS.map((name) => {
    const text = fields[name] ?? (name.startsWith('EXTRA') ? '-' : '')
    return /[;"\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }).join(';')
const address = 'บ้านเลขที่ 1; หมู่ 2\r\nซอย "สุขใจ"\r\nกรุงเทพ'
const somebody = (serial: number, more: Record<string, string> = {}): string =>
  line({
    SEQ: String(serial),
    PID: thaiCode(serial),
    FNAME: 'สมชาย',
    LNAME: 'ใจดี',
    DOB: '25330501',
    STATUS: '0',
    ADDRESS: address,
    ...more,
  })
const read = readMap(
  JSON.stringify({
    delimiter: ';',
    date: 'YYYYMMDD',
    columns: { code: 'PID', given_name: 'FNAME', family_name: 'LNAME', birth_date: 'DOB', status: 'STATUS' },
    constants: { scheme: 'TH', kind: 'citizen' },
    values: { status: { '0': 'active', '1': 'deceased' } },
  }),
)
if (!('map' in read)) throw new Error(read.mistakes.join())
const { map } = read

test('an export of forty columns in TIS-620 with Buddhist years and quoted line breaks is taken in by a map', async () => {
  const text = [HEADINGS.join(';'), somebody(1), somebody(2, { STATUS: '1', DOB: '24990000' }), somebody(3), ''].join(
    '\r\n',
  )
  const result = await register.load(tis620(text), { form: { encoding: 'tis-620', map }, era: 'be' })
  expect(result).toMatchObject({ rows: 3, created: 3, rejected: 0 })
  expect(await register.person('TH', thaiCode(1))).toMatchObject({
    kind: 'citizen',
    status: 'active',
    names: { given: 'สมชาย', family: 'ใจดี' },
    birthDate: '1990-05-01',
  })
  expect(await register.person('TH', thaiCode(2))).toMatchObject({ status: 'deceased', birthDate: '1956' })
})

test('its bad rows are set aside whole, with their line, and come back mended with the same map', async () => {
  const bad = [somebody(4, { STATUS: '7' }), somebody(5, { DOB: '19900501' }), somebody(6, { FNAME: '\udbdb' })]
  const text = [HEADINGS.join(';'), somebody(3), ...bad, `${somebody(7)};more`].join('\r\n')
  const bytes = tis620(text).map((byte) => (byte === 0x7b ? 0xfc : byte))
  const form = { encoding: 'tis-620', map }
  const first = await register.load(Buffer.from(bytes), { form, era: 'be' })
  expect(first).toMatchObject({ rows: 5, created: 1, rejected: 4 })
  expect(first.aside[0]).toBe(`line;reason;${HEADINGS.join(';')}`)
  const reasons = first.aside.slice(1).map((row) => row.split(';').slice(0, 2))
  expect(reasons).toEqual([
    ['5', 'the map has no word for this status'],
    ['8', 'birth_date: the year 1990 is not one of the Buddhist era, in which the file is said to be'],
    ['11', 'given_name holds bytes that are no text in the encoding of the file'],
    ['14', 'the row has 41 fields, the heading 40'],
  ])
  const mended = [
    first.aside[0],
    first.aside[1]?.replace(';7;', ';1;'),
    first.aside[2]?.replace('19900501', '25330501'),
  ]
  // The rejected rows are UTF-8.
  const second = await register.load(mended.join('\n'), { form: { map }, era: 'be' })
  expect(second).toMatchObject({ rows: 2, created: 2, rejected: 0 })
  expect((await register.person('TH', thaiCode(4))).status).toBe('deceased')
})

test('under another heading it is refused, and every column that is missing is named', async () => {
  await expect(register.load('PID;DOB;PID\n', { form: { map } })).rejects.toThrow(
    'column "PID" twice, no column "FNAME", no column "LNAME", no column "STATUS"',
  )
})

describe('years', () => {
  const file = (birth: string) => `${HEADING}\nTH,${thaiCode(1)},,,ก,,,,${birth}\n`

  test.each([
    ['2533-02-28', '1990-02-28'],
    ['2543-02-29', '2000-02-29'], // a leap day of 2000, none of 2543
    ['2533', '1990'],
  ])('of the Buddhist era are converted: %s is %s', async (typed, kept) => {
    expect(await register.load(file(typed), { era: 'be' })).toMatchObject({ created: 1 })
    expect((await register.person('TH', thaiCode(1))).birthDate).toBe(kept)
  })

  test('above 2400 without the era are rejected with the hint, and the same file with it is taken', async () => {
    const without = await register.load(file('2533-02-28'))
    expect(without).toMatchObject({ created: 0, rejected: 1 })
    expect(without.aside[1]).toContain('--era be; Gregorian: 1990')
    expect(await register.load(file('2533-02-28'), { era: 'be' })).toMatchObject({ created: 1, rejected: 0 })
  })

  test('of validity are in the same era', async () => {
    const text = `scheme,code,given_name,valid_from,valid_to\nTH,${thaiCode(1)},ก,2543-02-29,2600-12-31\n`
    await register.load(text, { era: 'be' })
    expect((await register.person('TH', thaiCode(1))).identifiers).toEqual([
      { scheme: 'TH', code: thaiCode(1), validFrom: '2000-02-29', validTo: '2057-12-31' },
    ])
    expect((await register.load(text)).aside[1]).toContain('valid_from: the year 2543 looks like the Buddhist era')
  })
})

test('an encoding that the file contradicts stops the import before it has changed anything', async () => {
  const utf8 = Buffer.from(`\ufeff${HEADING}\nTH,${thaiCode(1)},,,ก,,,,\n`)
  await expect(register.load(utf8, { form: { encoding: 'tis-620' } })).rejects.toThrow('so it is not tis-620')
  await expect(register.load(utf8, { form: { encoding: 'klingon' } })).rejects.toThrow('no encoding klingon')
  expect(await register.load(utf8, { form: {} })).toMatchObject({ created: 1 })
})
