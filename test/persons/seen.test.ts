import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { openSeen } from '../../src/persons/seen.ts'

const name = (text: string): Buffer => createHash('sha256').update(text).digest()

test('the first line that named something is told to every later one, through all growth of the table', () => {
  const seen = openSeen(4)
  const count = 20_000
  const first = Array.from({ length: count }, (_, at) => seen.note(name(`${at}`), at + 1))
  expect(first.every((line) => line === 0)).toBe(true)
  const again = Array.from({ length: count }, (_, at) => seen.note(name(`${at}`), count + at + 1))
  expect(again.every((line, at) => line === at + 1)).toBe(true)
})

test('names that share their last four bytes are told apart', () => {
  const seen = openSeen(4)
  const near = Array.from({ length: 50 }, (_, at) => Buffer.from([at, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9]))
  expect(near.map((one, at) => seen.note(one, at + 1))).toEqual(near.map(() => 0))
  expect(near.map((one) => seen.note(one, 99))).toEqual(near.map((_, at) => at + 1))
})
