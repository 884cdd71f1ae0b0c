import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { openRegister, operator, type Register, thaiCode } from '../support/register.ts'

// What somebody sees who has stolen the whole database.

let register: Register
const code = thaiCode(31_415_926)
const other = thaiCode(27_182_818)
const canaries = [
  code,
  code.slice(1, 12),
  'คานารี',
  'Canarius',
  'นามสกุลลับ',
  'Geheim',
  '1971-03-17',
  'Reason-of-the-canary',
]

beforeAll(async () => {
  register = await openRegister()
  const row = (given: string) =>
    `scheme,code,kind,status,given_name,family_name,given_name_latin,family_name_latin,birth_date\n` +
    `TH,${code},citizen,active,${given},นามสกุลลับ,Canarius,Geheim,1971-03-17\nTH,${other},citizen,active,ข,,,,1980\n`
  await register.load(row('คานารี'))
  await register.load(row('คานารีใหม่'))
  const { key } = await register.person('TH', code)
  await register.persons.setStatus(register.db, key, 'protected', { actor: operator, reason: 'Reason-of-the-canary' })
  await register.persons.setLanguage(register.db, key, 'et')
})
afterAll(() => register.close())

/** Everything readable in a dump: all columns of all tables as text and as bytes, base64, base64url and hex undone. */
async function dump(): Promise<string> {
  const tables = await rows<{ name: string }>(
    register.db,
    "select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  )
  const parts: string[] = []
  for (const { name } of tables) {
    for (const row of await rows<Record<string, unknown>>(register.db, `select * from ${name}`)) {
      for (const value of Object.values(row)) parts.push(...readings(value))
    }
  }
  return parts.join('\n')
}

function readings(value: unknown): string[] {
  if (Buffer.isBuffer(value)) return [value.toString('utf8'), value.toString('latin1'), value.toString('utf16le')]
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const words = text.match(/[A-Za-z0-9+/_=-]{8,}/g) ?? []
  const decoded = words.flatMap((word) => [Buffer.from(word, 'base64').toString(), Buffer.from(word, 'hex').toString()])
  return [text, ...decoded]
}

test('the search for canaries would find one: a table that holds it in the clear, in base64 or in hex', async () => {
  await rows(register.db, 'create table careless (a text, b text, c bytea, d text)')
  await rows(register.db, 'insert into careless values (?, ?, ?, ?)', [
    'Canarius',
    Buffer.from(code).toString('base64'),
    Buffer.from('คานารี'),
    Buffer.from('Geheim').toString('hex'),
  ])
  const seen = await dump()
  await rows(register.db, 'drop table careless')
  expect(['Canarius', code, 'คานารี', 'Geheim'].filter((canary) => !seen.includes(canary))).toEqual([])
})

test('a stolen dump shows nobody: no code, name, birth date or reason in any column of any table', async () => {
  const seen = await dump()
  expect(seen).toContain('protected')
  expect(canaries.filter((canary) => seen.includes(canary))).toEqual([])
})

test('a stolen dump does not say whose entry is whose: no unkeyed hash of a code', async () => {
  const hashes = await rows<{ found: boolean }>(
    register.db,
    `select exists (select from person_identifier where blind in
       (sha256(?::bytea), sha256(?::bytea), sha256(?::bytea))) as found`,
    [Buffer.from(code), Buffer.from(`TH${code}`), Buffer.from(`identifier|TH|${code}`)],
  )
  expect(hashes).toEqual([{ found: false }])
})

test("one person's details moved into another's row do not open", async () => {
  const [from, to] = [await register.person('TH', code), await register.person('TH', other)]
  const moved = register.db.transaction(async (tx) => {
    const sql = 'update person set details = (select details from person where key = ?) where key = ?'
    await rows(tx, sql, [from.key, to.key])
    await register.persons.get(tx, to.key)
  })
  await expect(moved).rejects.toThrow('unable to authenticate')
  expect((await register.person('TH', other)).names.given).toBe('ข')
})

test('details with one changed byte do not open', async () => {
  const changed = register.db.transaction(async (tx) => {
    await rows(tx, 'update person set details = set_byte(details, 20, get_byte(details, 20) # 1)')
    await register.persons.findEver(tx, 'TH', other)
  })
  await expect(changed).rejects.toThrow('unable to authenticate')
})
