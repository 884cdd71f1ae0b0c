import { once } from 'node:events'
import type { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Db } from './db.ts'

// Bulk loading: rows encoded in PostgreSQL's binary COPY format ("COPY", section "Binary Format" of its manual) and sent
// in one go. A load is one statement, so callers hand over a few thousand rows at a time.

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const MICROSECONDS_1970_TO_2000 = 946_684_800_000_000

export interface CopyRows {
  readonly rows: number
  /** Begins a row of `fields` columns; exactly that many of the calls below follow. */
  row(fields: number): void
  text(value: string): void
  bytes(value: Uint8Array): void
  /** The usual text form, 8-4-4-4-12. */
  uuid(value: string): void
  integer(value: number): void
  /** Milliseconds since 1970, for timestamptz. */
  time(value: number): void
  /** What COPY reads; the writer is empty afterwards. */
  take(): Buffer
}

export function copyRows(): CopyRows {
  let buffer = Buffer.allocUnsafe(1 << 18)
  let at = SIGNATURE.copy(buffer)
  let rows = 0
  // A key stands in two tables and a time in every row: the last one is kept in its binary form.
  const uuid = { text: '', bytes: Buffer.alloc(16) }
  const time = { value: Number.NaN, bytes: Buffer.alloc(8) }
  function room(count: number): void {
    if (at + count + 2 <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + count + 2))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  return {
    get rows() {
      return rows
    },
    row(fields) {
      room(2)
      at = buffer.writeInt16BE(fields, at)
      rows += 1
    },
    text(value) {
      room(4 + value.length * 3)
      const length = buffer.write(value, at + 4)
      buffer.writeInt32BE(length, at)
      at += 4 + length
    },
    bytes(value) {
      room(4 + value.length)
      at = buffer.writeInt32BE(value.length, at)
      buffer.set(value, at)
      at += value.length
    },
    uuid(value) {
      room(20)
      at = buffer.writeInt32BE(16, at)
      if (uuid.text !== value) {
        uuid.bytes.write(value.replaceAll('-', ''), 'hex')
        uuid.text = value
      }
      at += uuid.bytes.copy(buffer, at)
    },
    integer(value) {
      room(8)
      at = buffer.writeInt32BE(4, at)
      at = buffer.writeInt32BE(value, at)
    },
    time(value) {
      room(12)
      at = buffer.writeInt32BE(8, at)
      if (time.value !== value) {
        time.bytes.writeBigInt64BE(BigInt(value * 1000 - MICROSECONDS_1970_TO_2000))
        time.value = value
      }
      at += time.bytes.copy(buffer, at)
    },
    take() {
      at = buffer.writeInt16BE(-1, at)
      const whole = buffer.subarray(0, at)
      // The bytes are on their way to the socket: the next rows need a buffer of their own.
      buffer = Buffer.allocUnsafe(buffer.length)
      at = SIGNATURE.copy(buffer)
      rows = 0
      return whole
    },
  }
}

/**
 * Loads what `copyRows` collected.
 * @param tx a transaction: COPY needs its one connection.
 * @param target table and columns, `person (key, version)`: program text, never input.
 */
export async function copyIn(tx: Db, target: string, data: Buffer): Promise<void> {
  // Outside a transaction, or after its end, each load would be kept for good, whatever becomes of the rest.
  if (!isOpen(tx)) throw new Error('COPY outside a transaction')
  const connection = (await tx.client.acquireConnection()) as Client
  const stream = connection.query(copyFrom(`copy ${target} from stdin (format binary)`))
  const finished = once(stream, 'finish')
  stream.end(data)
  await finished
}

const isOpen = (db: Db & { isCompleted?: () => boolean }): boolean =>
  db.isTransaction === true && db.isCompleted?.() === false
