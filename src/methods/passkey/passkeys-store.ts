import type { PersonKey } from '../../identity/identifiers.ts'
import type { Part } from '../../platform/at-once.ts'
import { type Db, rows } from '../../platform/db.ts'

export interface PasskeyRow {
  readonly id: Buffer
  readonly person: PersonKey
  readonly publicKey: Buffer
  /** bigint: text on the wire. */
  readonly counter: string
  readonly deviceBound: boolean
  readonly backedUp: boolean
  readonly aaguid: string
  readonly transports: readonly string[]
  readonly name: Buffer
  readonly deskRequest: string | null
  readonly enrolledAt: Date
  readonly usedAt: Date | null
}

const COLUMNS = `id, person, public_key as "publicKey", counter, device_bound as "deviceBound", backed_up as "backedUp",
  aaguid, transports, name, desk_request as "deskRequest", enrolled_at as "enrolledAt", used_at as "usedAt"`

export interface Holding extends PasskeyRow {
  readonly handle: Buffer
}

/** With the handle of its holder. */
export async function find(db: Db, id: Buffer): Promise<Holding | undefined> {
  const found = await rows<Holding>(
    db,
    `select ${COLUMNS}, handle from passkey join passkey_handle using (person) where id = ?`,
    [id],
  )
  return found[0]
}

export function ofPerson(db: Db, person: PersonKey): Promise<PasskeyRow[]> {
  return rows(db, `select ${COLUMNS} from passkey where person = ? order by enrolled_at, id`, [person])
}

/** Their own, made now where they have none: of two at once, one's. */
export async function handleOf(db: Db, person: PersonKey, fresh: Buffer): Promise<Buffer> {
  await rows(db, 'insert into passkey_handle (person, handle) values (?, ?) on conflict (person) do nothing', [
    person,
    fresh,
  ])
  const found = await rows<{ handle: Buffer }>(db, 'select handle from passkey_handle where person = ?', [person])
  return found[0]!.handle
}

/** @returns false when there is a passkey with this id already, whoever's. */
export async function insert(db: Db, row: Omit<PasskeyRow, 'usedAt'>): Promise<boolean> {
  const made = await rows(
    db,
    `insert into passkey (id, person, public_key, counter, device_bound, backed_up, aaguid, transports, name,
       desk_request, enrolled_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing returning 1`,
    [
      row.id,
      row.person,
      row.publicKey,
      row.counter,
      row.deviceBound,
      row.backedUp,
      row.aaguid,
      [...row.transports],
      row.name,
      row.deskRequest,
      row.enrolledAt,
    ],
  )
  return made.length === 1
}

export interface Use {
  readonly id: Buffer
  readonly counter: number
  readonly backedUp: boolean
  readonly at: Date
}

/** Compare-and-set (WebAuthn §7.2, 22): the counter grows, or there is none; of callers with the same count, one. */
export const advance = ({ id, counter, backedUp, at }: Use): Part => ({
  sql: `update passkey set counter = ?, backed_up = ?, used_at = ?
    where id = ? and (counter < ? or (counter = 0 and ? = 0)) and {only} returning 1`,
  values: [counter, backedUp, at, id, counter, counter],
})

export async function remove(db: Db, person: PersonKey, id: Buffer): Promise<boolean> {
  const gone = await rows(db, 'delete from passkey where person = ? and id = ? returning 1', [person, id])
  return gone.length === 1
}
