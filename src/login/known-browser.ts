import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { type Keys, madeOf, type VersionedKey } from '../platform/seal.ts'

// Browsers that signed a person in before keep a budget of tries of their own, so that a stranger's failures don't lock
// that person out. The mark is stateless: a random browser number and one keyed tag per person, in a cookie that web
// sets. It names nobody without the key, proves nothing but "was here before", and works only in the browser it was
// given to (the number is under each tag).
//
// Layout, base64url: version 1 (1 byte) · browser (16) · up to 8 × [key version (1) · day (2) · tag (16)], newest first.

const VERSION = 1
const BROWSER = 16
const TAG = 16
const ENTRY = 1 + 2 + TAG
const PERSONS = 8
const DAY = 86_400_000
const LIFE_DAYS = 365
/** The longest mark there can be, in characters. */
const LONGEST = Math.ceil(((1 + BROWSER + PERSONS * ENTRY) * 4) / 3)

/** Seconds for which the cookie may live. */
export const MARK_LIFE = LIFE_DAYS * 86_400

interface Entry {
  readonly keyVersion: number
  readonly day: number
  readonly tag: Buffer
}
interface Mark {
  readonly browser: Buffer
  readonly entries: readonly Entry[]
}

export interface KnownBrowsers {
  /**
   * Whether this browser signed `subject` (a person key) in within a year.
   * @returns the browser's number as hex, or undefined: for a stranger, an expired, a foreign or a malformed mark.
   */
  read(mark: string | undefined, subject: string): string | undefined
  /** The mark after `subject` has signed in here: up to 8 persons, the newest first. */
  add(mark: string | undefined, subject: string): string
}

export interface Needs {
  readonly keys: readonly VersionedKey[] | Keys
  readonly clock: Clock
  readonly random: Random
}

export function openKnownBrowsers({ keys, clock, random }: Needs): KnownBrowsers {
  const current = madeOf(keys, (all) => ({
    ring: new Map(all.map(({ version, key }) => [version, createSecretKey(key)])),
    newest: all.at(-1)!.version,
  }))
  const today = (): number => Math.floor(clock.now() / DAY)

  function tagOf(keyVersion: number, browser: Buffer, day: number, subject: string): Buffer | undefined {
    const key = current().ring.get(keyVersion)
    if (!key) return undefined
    return createHmac('sha256', key)
      .update('known-browser|')
      .update(browser)
      .update(`|${day}|${subject}`)
      .digest()
      .subarray(0, TAG)
  }

  function belongsTo(subject: string, browser: Buffer) {
    return ({ keyVersion, day, tag }: Entry): boolean => {
      const expected = tagOf(keyVersion, browser, day, subject)
      return expected !== undefined && timingSafeEqual(expected, tag)
    }
  }

  const fresh = ({ day }: Entry): boolean => day <= today() + 1 && today() - day < LIFE_DAYS

  return {
    read(text, subject) {
      const mark = parse(text)
      if (!mark) return undefined
      // Every entry is looked at, whoever is asked about: the time taken tells nothing.
      const known = mark.entries.filter(belongsTo(subject, mark.browser)).some(fresh)
      return known ? mark.browser.toString('hex') : undefined
    },
    add(text, subject) {
      const mark = parse(text) ?? { browser: random.bytes(BROWSER), entries: [] }
      const isSubject = belongsTo(subject, mark.browser)
      const others = mark.entries.filter((entry) => fresh(entry) && !isSubject(entry))
      const day = today()
      const { newest } = current()
      const added = { keyVersion: newest, day, tag: tagOf(newest, mark.browser, day, subject)! }
      return print({ browser: mark.browser, entries: [added, ...others].slice(0, PERSONS) })
    },
  }
}

function parse(text: string | undefined): Mark | undefined {
  if (!text || text.length > LONGEST || !/^[\w-]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const count = (bytes.length - 1 - BROWSER) / ENTRY
  if (bytes[0] !== VERSION || !Number.isInteger(count) || count < 0) return undefined
  const entries = Array.from({ length: count }, (_, index) => {
    const at = 1 + BROWSER + index * ENTRY
    return {
      keyVersion: bytes.readUInt8(at),
      day: bytes.readUInt16BE(at + 1),
      tag: bytes.subarray(at + 3, at + ENTRY),
    }
  })
  return { browser: bytes.subarray(1, 1 + BROWSER), entries }
}

function print({ browser, entries }: Mark): string {
  const parts = entries.flatMap(({ keyVersion, day, tag }) => {
    const head = Buffer.alloc(3)
    head.writeUInt8(keyVersion, 0)
    head.writeUInt16BE(day, 1)
    return [head, tag]
  })
  return Buffer.concat([Buffer.from([VERSION]), browser, ...parts]).toString('base64url')
}
