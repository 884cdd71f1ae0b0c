import type { PersonKind, PersonStatus } from './kind-and-status.ts'

// What the register answers an import about a batch of identifiers: thousands of rows in one value, because rows one by
// one cost the driver, and the way to another thread, more than the look-up itself.

/** A person whom an identifier of the batch belongs to. */
export interface Known {
  /** Position of the identifier in the batch. */
  readonly at: number
  readonly key: Buffer
  /** Absent where the row's digest is unchanged. */
  readonly entry?: { readonly kind: PersonKind; readonly status: PersonStatus; readonly details: Buffer }
}

const ENTRY = 24
/** Longer than every kind and every status. */
const WORD = 12

/** SQL that packs one of them; `n` is its position, `p` the person, `changed` whether the digest differs. */
export const packed = (n: string, p: string, changed: string): string =>
  `int4send(${n}) || uuid_send(${p}.key) || case when ${changed} then
     int4send(length(${p}.details)) || convert_to(rpad(${p}.kind, ${WORD}) || rpad(${p}.status, ${WORD}), 'UTF8') || ${p}.details
   else int4send(-1) end`

export function unpack(bytes: Buffer): Known[] {
  const found: Known[] = []
  for (let from = 0; from < bytes.length; ) {
    const known = { at: bytes.readInt32BE(from), key: bytes.subarray(from + 4, from + 20) }
    const length = bytes.readInt32BE(from + 20)
    from += ENTRY
    if (length < 0) {
      found.push(known)
      continue
    }
    const kind = word(bytes, from) as PersonKind
    const status = word(bytes, from + WORD) as PersonStatus
    from += 2 * WORD + length
    found.push({ ...known, entry: { kind, status, details: bytes.subarray(from - length, from) } })
  }
  return found
}

const word = (bytes: Buffer, from: number): string => bytes.toString('latin1', from, from + WORD).trimEnd()

/** The usual text form, 8-4-4-4-12. */
export function keyText(key: Buffer): string {
  const hex = key.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const keyBytes = (key: string): Buffer => Buffer.from(key.replaceAll('-', ''), 'hex')
