import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { KEPT } from './entry.ts'
import type { AuditLog } from './log.ts'
import * as store from './store.ts'

/**
 * Erases what entries older than `retentionDays` say; the rows and their commitments stay, so that the proof still
 * verifies and tells nothing. The log says itself up to when it was erased: `verify` accepts no other gaps.
 * @returns how many entries were erased.
 */
export async function eraseOld(
  db: Db,
  { audit, clock, retentionDays }: { audit: AuditLog; clock: Clock; retentionDays: number },
): Promise<number> {
  const before = new Date(clock.now() - retentionDays * 86_400_000)
  const erased = await store.erase(db, before, KEPT)
  if (erased > 0)
    await audit.append(db, {
      type: 'audit.erased',
      actor: { kind: 'service', part: 'retention' },
      detail: { before: before.toISOString(), rows: erased },
    })
  return erased
}
