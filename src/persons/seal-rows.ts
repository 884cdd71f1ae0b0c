import { setImmediate as turn } from 'node:timers/promises'
import { personKey } from '../identity/identifiers.ts'
import type { Sealer } from '../platform/seal.ts'
import { sealText } from './details.ts'
import { keyText } from './known.ts'

// The last step before a batch is written: the details, which the transform leaves open, are sealed. Here and not there,
// because the thread of the transform is the narrowest place of an import and this one has time while PostgreSQL writes.

/** Rows as `copyRows` encodes them, the person's key first, with their details still open: never for a table. */
export interface OpenRows {
  readonly open: Buffer
  readonly rows: number
  /** Which field the details are, from 0. */
  readonly details: number
}

const HEADING = 19
const KEY = 16
/** More than sealing adds to a value. */
const SPARE = 64
/** Rows between two turns of the event loop: a few milliseconds, so that the socket to the database doesn't wait. */
const AT_ONCE = 500

/** @returns the same rows for COPY, sealed. */
export async function sealRows(sealer: Sealer, { open, rows, details }: OpenRows): Promise<Buffer> {
  const sealed = Buffer.allocUnsafeSlow(open.length + rows * SPARE)
  let to = open.copy(sealed, 0, 0, HEADING)
  let at = HEADING
  for (let row = 0; row < rows; row += 1) {
    const start = at
    const fields = open.readInt16BE(at)
    at += 2
    const key = personKey(keyText(open.subarray(at + 4, at + 4 + KEY)))
    for (let field = 0; field < details; field += 1) at += 4 + open.readInt32BE(at)
    to += open.copy(sealed, to, start, at)
    const length = open.readInt32BE(at)
    at += 4 + length
    const value = sealText(sealer, key, open.subarray(at - length, at))
    to = sealed.writeInt32BE(value.length, to)
    to += value.copy(sealed, to)
    const rest = at
    for (let field = details + 1; field < fields; field += 1) at += 4 + open.readInt32BE(at)
    to += open.copy(sealed, to, rest, at)
    if (row % AT_ONCE === AT_ONCE - 1) await turn()
  }
  to += open.copy(sealed, to, at)
  return sealed.subarray(0, to)
}
