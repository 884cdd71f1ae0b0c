import { createHash } from 'node:crypto'
import { type AuditLog, openAuditLog } from '../../src/audit/log.ts'
import type { Actor } from '../../src/identity/actor.ts'
import { type ImportJob, type ImportNeeds, type ImportResult, importPersons } from '../../src/persons/import.ts'
import { openPersons, type Person, type Persons } from '../../src/persons/person.ts'
import type { Db } from '../../src/platform/db.ts'
import { type TestClock, testClock } from './clock.ts'
import { testDatabase } from './database.ts'
import { testIndexer, testKeys, testRandom, testSealer } from './keys.ts'

// A person register on a database of its own, and imports into it from text.

export const HEADING = 'scheme,code,kind,status,given_name,family_name,given_name_latin,family_name_latin,birth_date'
export const operator: Actor = { kind: 'operator', name: 'somsri' }

/** The bytes of testSealer() and testIndexer(). */
export const KEYS = { personalData: testKeys('personal-data'), blindIndex: testKeys('blind-index') }

export interface Imported extends ImportResult {
  /** The lines of the file of rejected rows. */
  readonly aside: readonly string[]
}

export interface Register {
  readonly db: Db
  readonly url: string
  readonly persons: Persons
  readonly audit: AuditLog
  readonly clock: TestClock
  readonly needs: ImportNeeds
  /** Imports a file of this text, handed over in pieces of `piece` bytes; with `thread`, transformed by another thread. */
  load(text: string | Buffer, options?: Partial<ImportJob> & { piece?: number; thread?: boolean }): Promise<Imported>
  /** The person whose code this is; fails when there is nobody. */
  person(scheme: string, code: string): Promise<Person>
  /** A digest of every row of the register's tables: equal before and after means that nothing has changed. */
  snapshot(): Promise<string>
  close(): Promise<void>
}

export async function openRegister(): Promise<Register> {
  const { db, url, close } = await testDatabase()
  const clock = testClock()
  const sealer = testSealer()
  const random = testRandom()
  const audit = openAuditLog({ sealer: testSealer('audit-payload'), clock, random })
  const needs = { sealer, indexer: testIndexer(), audit, clock, random }
  const persons = openPersons(needs)
  return {
    db,
    url,
    persons,
    audit,
    clock,
    needs,
    async load(text, { piece = 50, thread = false, ...options } = {}) {
      const aside: string[] = []
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      async function* source() {
        for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
      }
      const result = await importPersons(thread ? { ...needs, keys: () => KEYS } : needs, db, {
        source: source(),
        name: 'persons.csv',
        strict: false,
        portion: 8192,
        actor: operator,
        rejected: { line: (line) => aside.push(line), flushed: () => Promise.resolve() },
        ...options,
      })
      return { ...result, aside }
    },
    async person(scheme, code) {
      const person = await persons.find(db, scheme, code)
      if (!person) throw new Error('nobody has this code')
      return person
    },
    async snapshot() {
      const tables = ['person', 'person_identifier', 'person_history', 'person_language']
      const parts = await Promise.all(
        tables.map((table) =>
          db.raw<{ rows: unknown[] }>(`select t::text as row from ${table} t order by 1`).then(({ rows }) => rows),
        ),
      )
      return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
    },
    close,
  }
}

/** A valid Thai code for any serial number below 10^11. */
export function thaiCode(serial: number): string {
  const digits = `1${String(serial).padStart(11, '0')}`
  let sum = 0
  for (let at = 0; at < 12; at += 1) sum += Number(digits[at]) * (13 - at)
  return digits + ((11 - (sum % 11)) % 10)
}

/** A CSV file of `count` people from `from` on. */
export function people(
  count: number,
  { from = 0, status = 'active' }: { from?: number; status?: string } = {},
): string {
  const lines = [HEADING]
  for (let at = from; at < from + count; at += 1)
    lines.push(`TH,${thaiCode(at)},citizen,${status},สมชาย${at},ใจดี,Somchai,Jaidee,1990-01-01`)
  return `${lines.join('\n')}\n`
}
