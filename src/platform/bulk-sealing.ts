import { type Db, rows } from './db.ts'

// Work that seals for minutes with the keys it began with, in one transaction (an import of a whole register): while it
// goes on no version of a secret comes into force or goes, or what it has sealed could be lost.

const LOCK = 0x7365616c // 'seal'

/** Held to the end of the transaction. */
export async function whileSealing(tx: Db): Promise<void> {
  await rows(tx, 'select pg_advisory_xact_lock_shared(?)', [LOCK])
}

/** @returns false while somebody is at it; else nobody begins before the end of the transaction. */
export async function nobodySeals(tx: Db): Promise<boolean> {
  const [turn] = await rows<{ got: boolean }>(tx, 'select pg_try_advisory_xact_lock(?) as got', [LOCK])
  return turn!.got
}
