import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { type PersonKey, personKey, type RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './cases-store.ts'

// "This was not me", as the help desk works on it: what was said of what, what the service did at once, and what people
// found out. Owns the case and its end; what is done at once is login/not-me's.

export interface Case {
  /** `K-3F7Q-92MD`: told on the telephone. */
  readonly number: string
  readonly person: PersonKey
  readonly openedAt: Date
  /** Where it was said: signed in, or by the link of a notice, which proves nothing but that somebody had the notice. */
  readonly said: 'page' | 'link'
  readonly about: Json
  readonly closed?: { readonly at: Date; readonly by: string; readonly outcome: string }
}

export interface Cases {
  /** In the transaction of what is done at once. @returns its number. */
  open(tx: Db, one: NewCase): Promise<string>
  /** Open ones, the oldest first; or all, the newest first. */
  list(db: Db, all?: boolean): Promise<readonly Case[]>
  ofPerson(db: Db, person: PersonKey): Promise<readonly Case[]>
  /** As it is typed: with or without dashes, in either case. */
  find(db: Db, number: string): Promise<Case | undefined>
  /** @returns false when it was closed already. */
  close(tx: Db, one: Case, by: Extract<Actor, { kind: 'operator' }>, outcome: string): Promise<boolean>
  /** Takes away what was closed two years ago. @returns how many. */
  purge(db: Db): Promise<number>
}

export interface NewCase {
  readonly person: PersonKey
  readonly said: Case['said']
  readonly about: Json
  readonly actor: Actor
  readonly request?: RequestId
}

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Pick<Random, 'uuid' | 'bytes'>
}

const KEPT = 730 * 86_400_000
const SHOWN = 1_000
/** Without those that are mistaken for one another when read aloud or written down. */
const SIGNS = '23456789CDFGHJKMNPQRTVWX'

export const caseBinding = (id: string, column: 'about' | 'outcome'): string => cell('own_case', column, id)

export function openCases({ sealer, audit, clock, random }: Needs): Cases {
  function newNumber(): string {
    const signs = [...random.bytes(8)].map((byte) => SIGNS[byte % SIGNS.length]).join('')
    return `K-${signs.slice(0, 4)}-${signs.slice(4)}`
  }

  const caseOf = (row: store.Row): Case => ({
    number: row.number,
    person: personKey(row.person),
    openedAt: row.openedAt,
    said: row.said,
    about: JSON.parse(sealer.open(row.about, caseBinding(row.id, 'about')).toString('utf8')) as Json,
    ...(row.closedAt &&
      row.closedBy !== null &&
      row.outcome && {
        closed: {
          at: row.closedAt,
          by: row.closedBy,
          outcome: sealer.open(row.outcome, caseBinding(row.id, 'outcome')).toString('utf8'),
        },
      }),
  })

  return {
    async open(tx, { person, said, about, actor, request }) {
      const [id, number] = [random.uuid(), newNumber()]
      const sealed = sealer.seal(JSON.stringify(about), caseBinding(id, 'about'))
      await store.insert(tx, { id, number, person, said, about: sealed, openedAt: new Date(clock.now()) })
      const by = { actor, ...(request && { request }) }
      await audit.append(tx, { ...by, type: 'case.opened', person, detail: { case: number, said } })
      return number
    },
    list: async (db, all = false) => (await store.list(db, all, SHOWN)).map(caseOf),
    ofPerson: async (db, person) => (await store.ofPerson(db, person)).map(caseOf),
    async find(db, typed) {
      const signs = typed.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')
      const row = await store.find(db, `K-${signs.slice(1, 5)}-${signs.slice(5)}`)
      return row && caseOf(row)
    },
    async close(tx, { number, person }, by, outcome) {
      const row = await store.find(tx, number)
      const sealed = row && sealer.seal(outcome, caseBinding(row.id, 'outcome'))
      if (!row || !(await store.close(tx, row.id, new Date(clock.now()), by.name, sealed!))) return false
      await audit.append(tx, { type: 'case.closed', actor: by, person, detail: { case: number, outcome } })
      return true
    },
    purge: (db) => store.purge(db, new Date(clock.now() - KEPT)),
  }
}
