import type { Card } from './authority.ts'
import { makeToken, type Token } from './token.ts'

// What the card, its reader and Web eID's native application do together: they ask for the PIN, count the wrong ones, and
// sign. The keys never leave here. Blocked cards are as good as new after a restart of the demo.

export const PIN = '1234'
const TRIES = 3

export type Signed =
  | { readonly ok: true; readonly token: Token }
  | { readonly ok: false; readonly because: 'wrong-pin'; readonly left: number }
  | { readonly ok: false; readonly because: 'blocked' | 'no-such-card' | 'invalid-nonce' }

export interface Wanted {
  /** Serial number of the card in the reader. */
  readonly card: string
  readonly pin: string
  readonly nonce: string
  /** Of the site that asks, found out by us and never said by its page. */
  readonly origin: string
}

export interface Reader {
  /** How many wrong PINs the card still bears; 0: blocked. */
  triesLeft(card: string): number
  sign(wanted: Wanted): Signed
  /** As three wrong PINs would, or as the PUK undoes it. */
  setBlocked(card: string, blocked: boolean): boolean
}

export function openReader(cards: readonly Card[]): Reader {
  const wrong = new Map<string, number>()
  const find = (serial: string) => cards.find((card) => card.serial === serial)
  const triesLeft = (serial: string) => TRIES - (wrong.get(serial) ?? 0)

  return {
    triesLeft,
    sign({ card: serial, pin, nonce, origin }) {
      const card = find(serial)
      if (!card) return { ok: false, because: 'no-such-card' }
      // As the native application: what is no nonce is not signed.
      if (!/^[A-Za-z0-9+/]{42,126}={0,2}$/.test(nonce) || nonce.length < 44)
        return { ok: false, because: 'invalid-nonce' }
      if (triesLeft(serial) <= 0) return { ok: false, because: 'blocked' }
      if (pin !== PIN) {
        wrong.set(serial, (wrong.get(serial) ?? 0) + 1)
        const left = triesLeft(serial)
        return left > 0 ? { ok: false, because: 'wrong-pin', left } : { ok: false, because: 'blocked' }
      }
      wrong.delete(serial)
      return { ok: true, token: makeToken({ certificate: card.certificate, key: card.key, origin, nonce }) }
    },
    setBlocked(serial, blocked) {
      if (!find(serial)) return false
      if (blocked) wrong.set(serial, TRIES)
      else wrong.delete(serial)
      return true
    },
  }
}
