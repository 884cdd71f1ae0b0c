import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { personKey } from '../../src/identity/identifiers.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { openRegister, operator, type Register, thaiCode } from '../support/register.ts'

let register: Register
const somchai = thaiCode(1)
const malee = thaiCode(2)
const gone = thaiCode(3)

beforeAll(async () => {
  register = await openRegister()
  await register.load(
    [
      {
        identifiers: [
          { scheme: 'TH', code: somchai },
          { scheme: 'EE', code: '38001085718', valid_to: '2020-12-31' },
        ],
        kind: 'citizen',
        status: 'active',
        given_name: 'สมชาย',
        family_name: 'ใจดี',
        given_name_latin: 'Somchai',
        family_name_latin: 'Jaidee',
        birth_date: '1980-01-08',
      },
      { scheme: 'TH', code: malee, kind: 'resident', given_name: 'มาลี', birth_date: '1960' },
      { scheme: 'TH', code: gone, given_name: 'ก', valid_from: '2027-01-01' },
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )
})
afterAll(() => register.close())

describe('the register', () => {
  test('finds a person by a code with everything the file said', async () => {
    expect(await register.person('TH', somchai)).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      kind: 'citizen',
      status: 'active',
      identifiers: [
        { scheme: 'TH', code: somchai },
        { scheme: 'EE', code: '38001085718', validTo: '2020-12-31' },
      ],
      names: { given: 'สมชาย', family: 'ใจดี', givenLatin: 'Somchai', familyLatin: 'Jaidee' },
      birthDate: '1980-01-08',
      version: 1,
    })
  })

  test('knows people without a family name and with no more than a year of birth', async () => {
    const person = await register.person('TH', malee)
    expect(person).toMatchObject({ kind: 'resident', status: 'active', names: { given: 'มาลี' }, birthDate: '1960' })
    expect(person.names.family).toBeUndefined()
  })

  test('finds nobody by an unknown code, a code of another scheme, or a code out of force', async () => {
    expect(await register.persons.find(register.db, 'TH', thaiCode(99))).toBeUndefined()
    expect(await register.persons.find(register.db, 'KR', somchai)).toBeUndefined()
    expect(await register.persons.find(register.db, 'EE', '38001085718')).toBeUndefined()
    expect(await register.persons.find(register.db, 'TH', gone)).toBeUndefined()
  })

  test('finds somebody for an operator by a code out of force too', async () => {
    const found = await register.persons.findEver(register.db, 'EE', '38001085718')
    expect(found?.key).toBe((await register.person('TH', somchai)).key)
  })

  test('gets a person by key, and nobody by a key that was never given', async () => {
    const person = await register.person('TH', malee)
    expect(await register.persons.get(register.db, person.key)).toEqual(person)
    const never = personKey('00000000-0000-7000-8000-000000000000')
    expect(await register.persons.get(register.db, never)).toBeUndefined()
    expect(await register.persons.history(register.db, never)).toEqual([])
  })

  test('remembers the language a person chose without making a version of it', async () => {
    const { key, version } = await register.person('TH', malee)
    await register.persons.setLanguage(register.db, key, 'et')
    await register.persons.setLanguage(register.db, key, 'en')
    expect(await register.persons.get(register.db, key)).toMatchObject({ language: 'en', version })
  })
})

describe('a change of status', () => {
  test('keeps the version before it, with who, when and why, and is audited in the same transaction', async () => {
    const { key } = await register.person('TH', somchai)
    const before = register.clock.now()
    register.clock.advance(60_000)
    const why = { actor: operator, reason: 'Death certificate 17/2569' }
    expect(await register.persons.setStatus(register.db, key, 'deceased', why)).toBe(true)
    expect(await register.person('TH', somchai)).toMatchObject({ status: 'deceased', version: 2 })
    const history = await register.persons.history(register.db, key)
    expect(history).toMatchObject([
      { person: { status: 'deceased', version: 2, names: { given: 'สมชาย' } }, since: before + 60_000 },
      {
        person: { status: 'active', version: 1, names: { given: 'สมชาย' }, birthDate: '1980-01-08' },
        since: before,
        replaced: { at: before + 60_000, by: operator, reason: 'Death certificate 17/2569' },
      },
    ])
    expect(history[0]).not.toHaveProperty('replaced')
    const audited = await rows(register.db, "select person from audit_event where type = 'person.status-changed'")
    expect(audited).toEqual([{ person: key }])
  })

  test('to the same status writes nothing', async () => {
    const { key, status } = await register.person('TH', malee)
    const before = await register.snapshot()
    const why = { actor: operator, reason: 'again' }
    expect(await register.persons.setStatus(register.db, key, status, why)).toBe(false)
    expect(await register.snapshot()).toBe(before)
  })

  test('does not happen when it cannot be audited', async () => {
    const { key } = await register.person('TH', malee)
    const before = await register.snapshot()
    await rows(
      register.db,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$`,
    )
    await rows(register.db, 'create trigger t before insert on audit_event for each row execute function refuse()')
    const why = { actor: operator, reason: 'never' }
    await expect(register.persons.setStatus(register.db, key, 'suspended', why)).rejects.toThrow('full')
    await rows(register.db, 'drop trigger t on audit_event')
    expect(await register.snapshot()).toBe(before)
  })

  test('of two at once waits for the first one, and both are kept, each with what it replaced', async () => {
    const { key, status, version } = await register.person('TH', malee)
    const why = (reason: string) => ({ actor: operator, reason })
    const second = await transaction(register.db, async (tx) => {
      await register.persons.setStatus(tx, key, 'suspended', why('first'))
      const other = register.persons.setStatus(register.db, key, 'protected', why('second'))
      // The first one commits only when the second one stands at the lock.
      const waiting =
        'select from pg_locks where not granted and pid in (select pid from pg_stat_activity where datname = current_database())'
      while ((await rows(register.db, waiting)).length === 0);
      return { other }
    })
    expect(await second.other).toBe(true)
    expect(await register.persons.history(register.db, key)).toMatchObject([
      { person: { version: version + 2, status: 'protected' } },
      { person: { version: version + 1, status: 'suspended' }, replaced: { reason: 'second' } },
      { person: { version, status }, replaced: { reason: 'first' } },
    ])
  })
})
