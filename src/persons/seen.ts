// Which line of an import file named something first: a hash table in flat memory, because ten million strings in a Set
// would take a gigabyte and this takes 256 MB. Holds 96 bits of each name, which must be evenly spread (a keyed hash, a
// random key): two of ten million are mistaken for one another once in 10^15 files.

export interface Seen {
  /** Notes that `line` names it. @returns 0, or the line that named it before. */
  note(name: Uint8Array, line: number): number
}

const WORDS = 4 // three of the name, one of the line (0: free)

export function openSeen(capacity = 1 << 12): Seen {
  let slots = capacity
  let table = new Uint32Array(slots * WORDS)
  let taken = 0

  function place(into: Uint32Array, mask: number, a: number, b: number, c: number): number {
    let slot = c & mask
    for (;;) {
      const at = slot * WORDS
      if (into[at + 3] === 0) return at
      if (into[at] === a && into[at + 1] === b && into[at + 2] === c) return at
      slot = (slot + 1) & mask
    }
  }

  function grow(): void {
    const larger = new Uint32Array(slots * 2 * WORDS)
    for (let at = 0; at < table.length; at += WORDS) {
      if (table[at + 3] === 0) continue
      larger.set(
        table.subarray(at, at + WORDS),
        place(larger, slots * 2 - 1, table[at]!, table[at + 1]!, table[at + 2]!),
      )
    }
    slots *= 2
    table = larger
  }

  return {
    note(name, line) {
      // The last twelve bytes: a time-ordered key has its chance there.
      const end = name.length
      const a = word(name, end - 12)
      const b = word(name, end - 8)
      const c = word(name, end - 4)
      const at = place(table, slots - 1, a, b, c)
      const before = table[at + 3]!
      if (before !== 0) return before
      table[at] = a
      table[at + 1] = b
      table[at + 2] = c
      table[at + 3] = line
      taken += 1
      if (taken > slots * 0.7) grow()
      return 0
    },
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
