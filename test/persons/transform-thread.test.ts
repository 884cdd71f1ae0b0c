import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ImportInterrupted, importPersons } from '../../src/persons/import.ts'
import { readMap } from '../../src/persons/map.ts'
import type { Person } from '../../src/persons/person.ts'
import { HEADING, KEYS, openRegister, operator, people, type Register, thaiCode } from '../support/register.ts'

// The transform on another thread does what it does on this one.

let register: Register
beforeEach(async () => {
  register = await openRegister()
})
afterEach(() => register.close())

const entry = ({ key: _key, ...rest }: Person) => rest

describe('on another thread', () => {
  test('an import comes to the same: new, changed, unchanged and bad rows alike, into an empty register and a full one', async () => {
    const other = await openRegister()
    try {
      const bad = `TH,1234567890123,citizen,active,ข,,,,1990\nTH,${thaiCode(1)},,,again,,,,\n`
      const files = [people(900) + bad, people(600, { from: 500, status: 'emigrated' }) + bad, people(900)]
      for (const text of files) {
        const { id: _, ...here } = await register.load(text, { piece: 4096 })
        const { id: __, ...there } = await other.load(text, { piece: 4096, thread: true })
        expect(there).toEqual(here)
      }
      for (const serial of [0, 499, 500, 899, 900, 1099])
        expect(entry(await other.person('TH', thaiCode(serial)))).toEqual(
          entry(await register.person('TH', thaiCode(serial))),
        )
      const { key } = await other.person('TH', thaiCode(600))
      expect(await other.persons.history(other.db, key)).toHaveLength(3)
    } finally {
      await other.close()
    }
  })

  test('pieces large enough to change hands arrive whole', async () => {
    const thread = { thread: true, piece: 1 << 20, portion: 1 << 18 }
    expect(await register.load(people(4000), thread)).toMatchObject({ created: 4000, rejected: 0 })
    const changed = await register.load(people(4000, { status: 'emigrated' }), thread)
    expect(changed).toMatchObject({ created: 0, changed: 4000 })
    for (const serial of [0, 1999, 3999])
      expect(await register.person('TH', thaiCode(serial))).toMatchObject({
        status: 'emigrated',
        names: { given: `สมชาย${serial}` },
        version: 2,
      })
  })

  test('a map and the Buddhist era go along', async () => {
    const read = readMap(
      '{"columns":{"code":"PID","given_name":"N","status":"S","birth_date":"B"},"constants":{"scheme":"TH"},"values":{"status":{"1":"deceased"}}}',
    )
    if (!('map' in read)) throw new Error('the map')
    const text = `PID,N,S,B\n${thaiCode(1)},ก,1,2499\n`
    await register.load(text, { thread: true, form: { map: read.map }, era: 'be' })
    expect(await register.person('TH', thaiCode(1))).toMatchObject({ status: 'deceased', birthDate: '1956' })
  })

  test('a file that is none of ours is refused in the same words', async () => {
    await expect(register.load('name,age\n', { thread: true })).rejects.toThrow(
      'The heading of the file is not that of a person file: unknown column "name"',
    )
    await expect(register.load('', { thread: true })).rejects.toThrow('The file is empty.')
  })

  test('a fault there ends the import, and nothing has changed', async () => {
    await register.load(people(10))
    const before = await register.snapshot()
    const keys = { ...KEYS, personalData: [{ version: 1, key: Buffer.alloc(3) }] }
    const job = importPersons({ ...register.needs, keys: () => keys }, register.db, {
      source: (async function* () {
        yield Buffer.from(people(20, { status: 'emigrated' }))
      })(),
      name: 'people.csv',
      strict: false,
      actor: operator,
      rejected: { line: () => undefined, flushed: () => Promise.resolve() },
    })
    await expect(job).rejects.toThrow('key length')
    expect(await register.snapshot()).toBe(before)
    expect(await register.load(`${HEADING}\nTH,${thaiCode(50)},,,ก,,,,\n`)).toMatchObject({ created: 1 })
  })

  test('an import that is interrupted ends at once, and nothing has changed', async () => {
    await register.load(people(100))
    const before = await register.snapshot()
    const stop = new AbortController()
    const job = register.load(people(2000, { status: 'emigrated' }), {
      thread: true,
      piece: 4096,
      signal: stop.signal,
      progress: ({ rows }) => rows > 500 && stop.abort(),
      rejected: { line: () => undefined, flushed: () => Promise.resolve(register.clock.advance(200)) },
    })
    await expect(job).rejects.toThrow(ImportInterrupted)
    expect(await register.snapshot()).toBe(before)
  })

  test('a small file of known size is not worth it', async () => {
    const keys = { ...KEYS, personalData: [{ version: 1, key: Buffer.alloc(3) }] }
    const text = Buffer.from(people(20))
    const result = await importPersons({ ...register.needs, keys: () => keys }, register.db, {
      source: (async function* () {
        yield text
      })(),
      size: text.length,
      name: 'people.csv',
      strict: false,
      actor: operator,
      rejected: { line: () => undefined, flushed: () => Promise.resolve() },
    })
    expect(result).toMatchObject({ created: 20 })
  })
})
