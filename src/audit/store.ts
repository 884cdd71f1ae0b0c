import { type Db, rows } from '../platform/db.ts'

export interface Row {
  readonly event: string
  readonly at: Date
  readonly type: string
  readonly person: string | null
  readonly client: string | null
  readonly request: string | null
  readonly payload: Buffer | null
  readonly salt: Buffer | null
  readonly commitment: Buffer
}

export async function insert(db: Db, row: Row): Promise<void> {
  await rows(
    db,
    `insert into audit_event (event, at, type, person, client, request, payload, salt, commitment)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [row.event, row.at, row.type, row.person, row.client, row.request, row.payload, row.salt, row.commitment],
  )
}
