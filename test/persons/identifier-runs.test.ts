import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { openIdentifierRuns } from '../../src/persons/identifier-runs.ts'

const hash = (n: number): Buffer => createHash('sha256').update(String(n)).digest()
const key = (n: number): Buffer => hash(n + 1_000_000).subarray(0, 16)

interface Row {
  readonly blind: string
  readonly scheme: string
  readonly person: string
  readonly version: number
}

/** Of a binary COPY with four fields a row: behind 19 bytes of heading, each field after its length. */
function rowsOf(copy: Buffer | undefined): Row[] {
  const rows: Row[] = []
  if (!copy) return rows
  let at = 19
  const field = (): Buffer => {
    const length = copy.readInt32BE(at)
    at += 4 + length
    return copy.subarray(at - length, at)
  }
  while (copy.readInt16BE(at) === 4) {
    at += 2
    rows.push({
      blind: field().toString('hex'),
      scheme: field().toString(),
      person: field().toString('hex'),
      version: field().readInt32BE(),
    })
  }
  expect([copy.readInt16BE(at), at + 2]).toEqual([-1, copy.length])
  return rows
}

test.each([1, 100, 2_000, 5_000])('identifiers come out once each, sorted run by run (runs of %i)', (run) => {
  const runs = openIdentifierRuns(7, run)
  const found: ReturnType<typeof rowsOf> = []
  const expected = []
  for (let n = 0; n < 4_321; n += 1) {
    const scheme = n % 3 === 0 ? 'EE' : 'TH'
    runs.add(hash(n), scheme, key(n))
    expected.push({ blind: hash(n).toString('hex'), scheme, person: key(n).toString('hex'), version: 7 })
    if (n % 150 === 0) found.push(...rowsOf(runs.some()))
  }
  found.push(...rowsOf(runs.rest()))
  expect(rowsOf(runs.rest())).toEqual([])
  const sorted = []
  for (let from = 0; from < expected.length; from += run)
    sorted.push(...expected.slice(from, from + run).toSorted((a, b) => (a.blind < b.blind ? -1 : 1)))
  expect(found).toEqual(sorted)
})
