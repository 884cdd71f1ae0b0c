import type { Sealer } from '../platform/seal.ts'
import { openShelf } from '../platform/shelf.ts'

// What this node has just sealed it needn't open: a code, its grant and its session come back within a second, each twice,
// and to open a value costs more than the rest of its way. Nothing is believed because of it that the store doesn't say: only
// the very bytes that were sealed for this very place are told from memory. The price: some hundred texts lie opened in this
// process's memory until others come in their places, beside the key that opens them all.

export interface Recent {
  /** As the sealer does, and remembers it. */
  seal(plain: string, binding: string): Buffer
  /** @throws what the sealer throws. */
  open(sealed: Buffer, binding: string): string
}

export function openRecent(sealer: Sealer): Recent {
  const shelf = openShelf(1_024, 2_048)
  const length = Buffer.alloc(2)
  let version = sealer.version()

  /** Under another key than was sealed with until now nothing is remembered: the former may be withdrawn, and all with it. */
  function forget(): void {
    if (sealer.version() === version) return
    version = sealer.version()
    shelf.clear()
  }

  return {
    seal(plain, binding) {
      forget()
      const sealed = sealer.seal(plain, binding)
      length.writeUInt16LE(Math.min(sealed.length, 0xffff))
      shelf.put(binding, length, sealed, Buffer.from(plain))
      return sealed
    },
    open(sealed, binding) {
      forget()
      const known = shelf.get(binding)
      const end = 2 + sealed.length
      const is = known?.readUInt16LE() === sealed.length && sealed.compare(known, 2, end) === 0
      return is ? known.toString('utf8', end) : sealer.open(sealed, binding).toString()
    },
  }
}
