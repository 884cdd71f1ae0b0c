import { argon2, createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../platform/random.ts'
import { type Keys, madeOf, type VersionedKey } from '../platform/seal.ts'

// argon2id (RFC 9106) of a PIN, with a pepper as its secret key K. Six digits are a million: no hash keeps a thief busy
// who has database and pepper. The pepper is what a thief of the database lacks; the hash is for whoever has both, and
// for the PINs of twelve digits. It runs in the thread pool, which DNS and files want too: so many at a time, the others
// wait in turn.

/** What a hash costs; OWASP's second choice of 2024, measured at 53 ms of one core (docs/security.md). */
export interface Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export const COST: Cost = { memoryKib: 19_456, passes: 2, lanes: 1 }

/** Of the four threads of the pool; with the memory above, 38 MiB at most. */
export const AT_ONCE = 2

const SALT = 16
const LENGTH = 32
const PEPPER_NAME = 8

export interface PinHash extends Cost {
  readonly hash: Buffer
  readonly salt: Buffer
  /** Which pepper. */
  readonly pepper: Buffer
}

export interface PinHashing {
  /** `owner` is bound in (RFC 9106 §3.1, associated data X): a hash moved into another person's row fits no PIN. */
  hash(pin: string, owner: string): Promise<PinHash>
  /** @throws Error where the pepper isn't in this keys folder. */
  fits(pin: string, owner: string, stored: PinHash): Promise<boolean>
  /** Whether it was made with less than is asked for now, or with an earlier pepper. */
  outdated(stored: PinHash): boolean
  /** The name of the pepper that new ones are hashed with. */
  pepper(): Buffer
}

export interface Needs {
  /** Oldest first; the last is used for what is new. */
  readonly peppers: readonly VersionedKey[] | Keys
  readonly random: Random
  readonly cost?: Cost
  readonly atOnce?: number
}

/** As it stands beside each hash: tells a pepper from others and nothing else about it. */
export const pepperName = (key: Buffer): Buffer =>
  createHmac('sha256', key).update('pepper of pins').digest().subarray(0, PEPPER_NAME)

export function openPinHashing({ peppers, random, cost = COST, atOnce = AT_ONCE }: Needs): PinHashing {
  const named = madeOf(peppers, (all) => all.map(({ key }) => ({ name: pepperName(key), key })))
  const newest = () => named().at(-1)!

  let running = 0
  const waiting: (() => void)[] = []
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((go) => void waiting.push(go))
    else running++
    try {
      return await work()
    } finally {
      // Handed on to the next, or given back.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  const derive = (pin: string, owner: string, key: Buffer, salt: Buffer, { memoryKib, passes, lanes }: Cost) =>
    inTurn(
      () =>
        new Promise<Buffer>((resolve, reject) => {
          const given = {
            message: pin,
            nonce: salt,
            memory: memoryKib,
            passes,
            parallelism: lanes,
            tagLength: LENGTH,
            secret: key,
            associatedData: Buffer.from(owner),
          }
          argon2('argon2id', given, (error, tag) => (error ? reject(error) : resolve(tag)))
        }),
    )

  return {
    async hash(pin, owner) {
      const salt = random.bytes(SALT)
      const { name: pepper, key } = newest()
      return { ...cost, salt, pepper, hash: await derive(pin, owner, key, salt, cost) }
    },
    async fits(pin, owner, stored) {
      const pepper = named().find(({ name }) => name.equals(stored.pepper))
      if (!pepper) throw new Error('a PIN was hashed with a pepper that these keys lack')
      return timingSafeEqual(await derive(pin, owner, pepper.key, stored.salt, stored), stored.hash)
    },
    pepper: () => newest().name,
    outdated: ({ memoryKib, passes, lanes, pepper }) =>
      memoryKib !== cost.memoryKib || passes !== cost.passes || lanes !== cost.lanes || !pepper.equals(newest().name),
  }
}
