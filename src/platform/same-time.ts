import type { Clock } from './clock.ts'
import { type Db, rows } from './db.ts'

const APART = 10_000

/** @throws Error in one sentence when they are too far apart. What lies on the way counts in our favour. */
export async function compareClocks(db: Db, clock: Clock): Promise<void> {
  const before = clock.now()
  const [answer] = await rows<{ ms: number }>(db, 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const apart = answer!.ms > clock.now() ? answer!.ms - clock.now() : Math.max(0, before - answer!.ms)
  if (apart > APART)
    throw new Error(
      `this machine's clock and the database's are ${Math.round(apart / 1000)} seconds apart: set them by NTP`,
    )
}
