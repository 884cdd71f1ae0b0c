import { type CopyRows, copyRows } from '../platform/copy.ts'

// Keyed hashes come in random order, and so does every insertion into their index: once that is larger than the
// database's memory, each costs a page read and a page written. So half a million are gathered and go in sorted, some at
// a time beside the rows of their persons: the same pages are met one after another.

export interface IdentifierRuns {
  /** `blind` is 32 bytes, `person` the 16 of a key. */
  add(blind: Uint8Array, scheme: string, person: Uint8Array): void
  /** The next of a full run, as `copyRows` encodes `blind, scheme, person, indexed_under`: more than came in meanwhile. */
  some(): Buffer | undefined
  /** Everything that is left. */
  rest(): Buffer | undefined
}

const RUN = 2 ** 19
const BLIND = 32
const KEY = 16
const ENTRY = BLIND + KEY + 1

/** @param version under which the hashes were made. */
export function openIdentifierRuns(version: number, run = RUN): IdentifierRuns {
  const schemes: string[] = []
  const rows: CopyRows = copyRows()
  let room = 1024
  let entries = Buffer.alloc(room * ENTRY)
  let count = 0
  /** Entries that came in since the last were handed over. */
  let fresh = 0
  /** A full run in its order, and how far it has been handed over. */
  let full = { entries, order: new Float64Array(0), at: 0 }

  function grow(): void {
    room *= 2
    const larger = Buffer.alloc(room * ENTRY)
    entries.copy(larger)
    entries = larger
  }

  function seal(): void {
    // Order and place in one number: the first 32 bits of the hash, and 19 of where it lies. Sorted natively.
    const order = new Float64Array(count)
    for (let n = 0; n < count; n += 1) order[n] = entries.readUInt32BE(n * ENTRY) * RUN + n
    full = { entries, order: order.sort(), at: 0 }
    entries = Buffer.alloc(room * ENTRY)
    count = 0
  }

  function encode(most: number): void {
    const { entries, order } = full
    const end = Math.min(order.length, full.at + most)
    for (; full.at < end; full.at += 1) {
      const at = (order[full.at]! % RUN) * ENTRY
      rows.row(4)
      rows.bytes(entries.subarray(at, at + BLIND))
      rows.text(schemes[entries[at + BLIND + KEY]!]!)
      rows.bytes(entries.subarray(at + BLIND, at + BLIND + KEY))
      rows.integer(version)
    }
  }

  const taken = (): Buffer | undefined => (rows.rows > 0 ? rows.take() : undefined)

  return {
    add(blind, scheme, person) {
      if (count === run) {
        encode(run)
        seal()
      }
      if (count === room) grow()
      const at = count * ENTRY
      entries.set(blind, at)
      entries.set(person, at + BLIND)
      const known = schemes.indexOf(scheme)
      entries[at + BLIND + KEY] = known < 0 ? schemes.push(scheme) - 1 : known
      count += 1
      fresh += 1
    },
    some() {
      encode(fresh * 2)
      fresh = 0
      return taken()
    },
    rest() {
      encode(run)
      seal()
      encode(run)
      return taken()
    },
  }
}
