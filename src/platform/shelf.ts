// Some hundred short texts until others come in their places, which is a second or two on a busy node and days on one that nobody
// asks anything, in one piece of memory of their own. In a Map they would outlive the young
// generation's collections, be copied twice and fill the old one: at 400 sign-ins a second that cost as much as was spared by
// having them. A place is found by the key's hash, and whatever comes to it next takes it: nothing grows, nothing is
// looked through, and the price is that something is forgotten early now and then.

export interface Shelf {
  /** What is too long is not kept. */
  put(key: string, ...parts: readonly Buffer[]): void
  /** The parts, one behind the other, to be read at once: the next `put` may write over them. */
  get(key: string): Buffer | undefined
  clear(): void
}

/** @param bytes of each place. */
export function openShelf(places: number, bytes: number): Shelf {
  const memory = Buffer.alloc(places * bytes)
  const keys: string[] = Array.from({ length: places }, () => '')
  const lengths = new Uint32Array(places)
  return {
    put(key, ...parts) {
      const place = placeOf(key, places)
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      // Not even what was there before is kept then: it would be of another time.
      keys[place] = length > bytes ? '' : key
      if (length > bytes) return
      let at = place * bytes
      for (const part of parts) at += part.copy(memory, at)
      lengths[place] = length
    },
    get(key) {
      const place = placeOf(key, places)
      if (key === '' || keys[place] !== key) return undefined
      return memory.subarray(place * bytes, place * bytes + lengths[place]!)
    },
    clear() {
      keys.fill('')
      memory.fill(0)
    },
  }
}

/** FNV-1a over every third letter: keys that differ do so in many places. */
function placeOf(key: string, places: number): number {
  let hash = 0x811c9dc5
  for (let at = key.length - 1; at >= 0; at -= 3) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % places
}
