import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Indexer } from '../../platform/seal.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'

// A code of six digits: made, kept as a keyed hash, compared. Used by the sign-in and where a citizen proves a number
// that is to be enrolled. Who kept it is whose browser it is good in; that it works once is the caller's to see to, with
// the transaction of what it opens.

/** Milliseconds for which a code is good. */
export const LIFE = 5 * 60_000
const TRIES = 5

/** What is kept of a code; tells nobody the code. */
export interface Kept {
  readonly id: string
  /** base64url. */
  readonly hash: string
  /** Epoch milliseconds; grows from code to code. */
  readonly sent: number
}

export interface Codes {
  make(): { readonly digits: string; readonly kept: Kept }
  /** `over`: too old, or tried five times. Counts the try first, over all nodes, so that parallel tries are five together. */
  check(kept: Kept, digits: string): Promise<'right' | 'wrong' | 'over'>
}

export interface Needs {
  readonly indexer: Indexer
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly clock: Clock
  readonly random: Pick<Random, 'digits' | 'token'>
}

export function openCodes({ indexer, artifacts, clock, random }: Needs): Codes {
  const text = (id: string, digits: string): string => `sms-code|${id}|${digits}`

  async function mayTry({ id }: Kept): Promise<boolean> {
    for (let n = 1; n <= TRIES; n++) if (await artifacts.once(`sms-code|${id}|${n}`, LIFE / 1000)) return true
    return false
  }

  return {
    make() {
      const id = random.token(128)
      const digits = random.digits(6)
      return { digits, kept: { id, hash: indexer.index(text(id, digits)).toString('base64url'), sent: clock.now() } }
    },
    async check(kept, digits) {
      if (clock.now() >= kept.sent + LIFE || !(await mayTry(kept))) return 'over'
      const hash = Buffer.from(kept.hash, 'base64url')
      return indexer.all(text(kept.id, digits)).some((one) => timingSafeEqual(hash, one)) ? 'right' : 'wrong'
    },
  }
}
