import type { KeyLife } from './store.ts'
import type { Apart, Uptake } from './uptake-store.ts'

// What agencies' behaviour says of a new key: pure. An agency that refuses an ID token tells nobody; what can be seen is
// whether it goes on to use what came with the token, and whether its citizens come straight back to sign in again.

/** So many returns are no accident. */
export const RETURNS = 5
/** Over so many times as often as before. */
const WORSE = 3
/** From so many codes on there is a before to compare with. */
const BASE = 5

export type Standing =
  /** It has used what came with a token under this key. */
  | 'taken-up'
  /** It used to show that under the key before, and has not yet. */
  | 'waiting'
  /** It never showed it: nothing can be said. */
  | 'unknown'
  /** It is signed for by the key before again. */
  | 'went-back'

export interface Taking {
  readonly client: string
  readonly standing: Standing
  /** Codes that it redeemed for tokens under this key. */
  readonly redeemed: number
  /** Of these, followed at once by another authorization from the same browser. */
  readonly returned: number
  /** Epoch ms of the first sign, or of the going back. */
  readonly since?: number
}

type Counts = Omit<Uptake, 'kid' | 'client'>
const NOTHING: Counts = { redeemed: 0, returned: 0, proved: 0 }

/** What was seen of a key at a relying party. */
export type Seen = (kid: string | undefined, client: string) => Counts

/** A country has thousands of relying parties: looked up, not searched for. */
export function seenOf(all: readonly Uptake[]): Seen {
  const found = new Map(all.map((one) => [`${one.kid} ${one.client}`, one]))
  return (kid, client) => found.get(`${kid} ${client}`) ?? NOTHING
}

/** The key that signed for everybody before this one does, or did. */
export function before(key: KeyLife, all: readonly KeyLife[]): KeyLife | undefined {
  const line = all.filter(({ alg, kid }) => alg === key.alg && kid !== key.kid)
  if (key.state === 'announced') return line.find(({ state }) => state === 'signing')
  return line
    .filter((one): one is KeyLife & { state: 'retiring' } => one.state === 'retiring')
    .toSorted((one, other) => other.retiringAt.getTime() - one.retiringAt.getTime())[0]
}

export function takingOf(
  client: string,
  key: KeyLife,
  old: KeyLife | undefined,
  seen: Seen,
  apart: readonly Apart[],
): Taking {
  const { redeemed, returned, proved, provedAt } = seen(key.kid, client)
  const away = apart.find(
    (one) => one.client === client && one.because === 'back' && one.awayFrom === key.kid && one.alg === key.alg,
  )
  const shown = { client, redeemed, returned }
  if (away) return { ...shown, standing: 'went-back', since: away.since.getTime() }
  if (proved > 0) return { ...shown, standing: 'taken-up', ...(provedAt && { since: provedAt.getTime() }) }
  return { ...shown, standing: seen(old?.kid, client).proved > 0 ? 'waiting' : 'unknown' }
}

/** Whether a relying party fares so much worse under the new key that it goes back. Without a before, never. */
export function faresWorse(client: string, key: string, old: string, seen: Seen): boolean {
  const [now, then] = [seen(key, client), seen(old, client)]
  if (now.returned < RETURNS || then.redeemed < BASE) return false
  // Some node has yet to say what was redeemed there.
  if (now.returned > now.redeemed) return false
  // Nothing seen before counts as one: of few codes none that came back says little.
  return now.returned / now.redeemed > (WORSE * Math.max(then.returned, 1)) / then.redeemed
}
