import { hash } from 'node:crypto'
import { type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './own-links-store.ts'

// The links of notices: whoever holds one may say "this was not me" of that one thing, once, and can do nothing else with
// it. What is kept is a hash, so that whoever reads the table has no link.

const LIFE = 30 * 86_400_000
/** What a link ends in: 128 random bits. */
export const LINK = /^[\w-]{22}$/

export interface OwnLinks {
  /** @returns what the link ends in; known to the notice alone. */
  make(tx: Db, person: PersonKey, about: Json): Promise<string>
  /** Undefined for one that is used, too old, or none. Changes nothing: mail scanners look at links before people do. */
  read(db: Db, token: string): Promise<Held | undefined>
  use(tx: Db, token: string): Promise<Held | undefined>
  /** Takes away what is too old. @returns how many. */
  purge(db: Db): Promise<number>
}

export interface Held {
  readonly person: PersonKey
  readonly about: Json
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: Pick<Random, 'token'>
}

export const aboutBinding = (hashed: Buffer): string => cell('own_link', 'about', hashed.toString('base64url'))

export function openOwnLinks({ sealer, clock, random }: Needs): OwnLinks {
  const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer')
  const held = (hashed: Buffer, row: store.Row | undefined): Held | undefined =>
    row && {
      person: personKey(row.person),
      about: JSON.parse(sealer.open(row.about, aboutBinding(hashed)).toString('utf8')) as Json,
    }
  const now = (): Date => new Date(clock.now())

  return {
    async make(tx, person, about) {
      const token = random.token(128)
      const hashed = hashOf(token)
      const expires = new Date(clock.now() + LIFE)
      await store.insert(tx, hashed, {
        person,
        about: sealer.seal(JSON.stringify(about), aboutBinding(hashed)),
        expires,
      })
      return token
    },
    async read(db, token) {
      const hashed = hashOf(token)
      return LINK.test(token) ? held(hashed, await store.find(db, hashed, now())) : undefined
    },
    async use(tx, token) {
      const hashed = hashOf(token)
      return LINK.test(token) ? held(hashed, await store.use(tx, hashed, now())) : undefined
    },
    purge: (db) => store.purge(db, now()),
  }
}
