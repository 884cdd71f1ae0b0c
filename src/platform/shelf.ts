// Some hundred short texts for a second or two, in one piece of memory of their own. In a Map they would outlive the young
// generation's collections, be copied twice and fill the old one: at 400 sign-ins a second that cost as much as was spared by
// having them. A place is found by the key's hash, and whatever comes to it next takes it: nothing grows, nothing is
// looked through, and the price is that something is forgotten early now and then.

/** Before each text: the lengths of its key and of itself. */
const HEAD = 4

export interface Shelf {
  /** `key` in ASCII. What is too long is not kept. */
  put(key: string, ...parts: readonly Buffer[]): void
  /** The parts, one behind the other, to be read at once: the next `put` may write over them. */
  get(key: string): Buffer | undefined
  clear(): void
}

/** @param bytes of each place, key and all. */
export function openShelf(places: number, bytes: number): Shelf {
  const memory = Buffer.alloc(places * bytes)
  return {
    put(key, ...parts) {
      const start = placeOf(key, places) * bytes
      let at = start + HEAD + key.length
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      // Not even what was there before: it would be of another time.
      memory.fill(0, start, start + HEAD)
      if (at + length > start + bytes) return
      memory.write(key, start + HEAD, 'latin1')
      for (const part of parts) at += part.copy(memory, at)
      memory.writeUInt16LE(key.length, start)
      memory.writeUInt16LE(length, start + 2)
    },
    get(key) {
      const start = placeOf(key, places) * bytes
      const end = start + HEAD + key.length
      if (memory.readUInt16LE(start) !== key.length || memory.toString('latin1', start + HEAD, end) !== key)
        return undefined
      return memory.subarray(end, end + memory.readUInt16LE(start + 2))
    },
    clear: () => void memory.fill(0),
  }
}

/** FNV-1a over every third letter: keys that differ do so in many places. */
function placeOf(key: string, places: number): number {
  let hash = 0x811c9dc5
  for (let at = key.length - 1; at >= 0; at -= 3) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % places
}
