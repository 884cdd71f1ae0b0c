import { describe, expect, test } from '@jest/globals'
import { csvLine, type FileRow, openCsv } from '../../src/persons/csv.ts'

/** In pieces of `piece` bytes. */
function read(text: string, piece = Buffer.byteLength(text)): (FileRow & { whole: string })[] {
  const reader = openCsv()
  const found: FileRow[] = []
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece), (row) => found.push(row))
  reader.end((row) => found.push(row))
  return found.map((row) => ({ ...row, whole: row.text() }))
}
const short = (found: readonly FileRow[]) =>
  found.map((row) => ('fields' in row ? [row.line, ...row.fields] : [row.line, row.mistake]))
const told = (found: readonly (FileRow & { whole: string })[]) => found.map((row) => [row.whole, ...short([row])])

const awkward = 'a,b,c\r\n"1,0","say ""hi""","two\nlines"\r\n\r\n,,\n"",x,"y"\nlast,"q\r\nr",นก'

describe('a CSV file', () => {
  test('is read with quoted commas, quotes and line breaks, and every row knows its line', () => {
    expect(short(read(awkward))).toEqual([
      [1, 'a', 'b', 'c'],
      [2, '1,0', 'say "hi"', 'two\nlines'],
      [5, '', '', ''],
      [6, '', 'x', 'y'],
      [7, 'last', 'q\r\nr', 'นก'],
    ])
  })

  test.each(Array.from({ length: Buffer.byteLength(awkward) }, (_, at) => at + 1))(
    'is read alike when it comes in pieces of %i bytes',
    (piece) => {
      expect(told(read(awkward, piece))).toEqual(told(read(awkward)))
    },
  )

  test('keeps the text of a row as it stands', () => {
    expect(read(awkward, 3).map(({ whole }) => whole)).toEqual([
      'a,b,c',
      '"1,0","say ""hi""","two\nlines"',
      ',,',
      '"",x,"y"',
      'last,"q\r\nr",นก',
    ])
  })

  test('with a stray quote loses that row and no other', () => {
    expect(short(read('a,b\n5" nail,x\n"x"y,z\nc,d\n'))).toEqual([
      [1, 'a', 'b'],
      [2, 'a quote stands inside a field that is not quoted'],
      [3, 'something stands between a closing quote and the next comma'],
      [4, 'c', 'd'],
    ])
  })

  test('with a quote that is never closed loses one line, at the end of the file and far from it', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `row,${at}`)
    const found = read(`a,b\n"open,b\n${many.join('\n')}\n"open\nc,d\n`, 10_000)
    expect(found).toHaveLength(20_004)
    expect(short(found.filter((row) => 'mistake' in row))).toEqual([
      [2, 'a quote is opened and never closed'],
      [20_003, 'a quote is opened and never closed'],
    ])
  })

  test('with one endless line rejects it within bounded memory and goes on after it', () => {
    const found = read(`a,b\n${'x'.repeat(1_000_000)}\nc,d\n`, 10_000)
    expect(short(found)).toEqual([
      [1, 'a', 'b'],
      [2, 'the row is longer than 64 KB'],
      [3, 'c', 'd'],
    ])
    expect(found[1]?.whole.length).toBeLessThan(1000)
  })

  // Every kind of row and of mistake, hundreds of times in every neighbourhood.
  const KINDS: readonly (readonly [text: string, lines: number, told: readonly string[] | undefined])[] = [
    ['plain,row', 1, ['plain', 'row']],
    ['"quoted, with","a ""quote"""', 1, ['quoted, with', 'a "quote"']],
    ['"of\nthree\r\nlines",x', 3, ['of\nthree\r\nlines', 'x']],
    ['5" nail,x', 1, ['a quote stands inside a field that is not quoted']],
    ['"x"y,z', 1, ['something stands between a closing quote and the next comma']],
    ['', 1, undefined],
    ['ก,ข', 1, ['ก', 'ข']],
  ]
  test.each([1 << 20, 5000, 97])(
    'of good and bad rows in any order loses the bad ones only (pieces of %i bytes)',
    (piece) => {
      let line = 1
      let text = ''
      const expected: (string | number)[][] = []
      for (let at = 0; at < 3000; at += 1) {
        const [row, lines, told] = KINDS[(at * at + (at >> 3)) % KINDS.length]!
        text += `${row}${at % 2 ? '\n' : '\r\n'}`
        if (told) expected.push([line, ...told])
        line += lines
      }
      expect(short(read(text, piece))).toEqual(expected)
    },
  )

  test('with a quote that is closed by chance far below loses the line on which it was opened', () => {
    const many = Array.from({ length: 12_000 }, (_, at) => `row,${at}`)
    const found = read(`a,b\n"open,b\n${many.join('\n')}\nx",y\nc,d\n`, 1 << 20)
    expect(found).toHaveLength(12_004)
    expect(short(found.filter((row) => 'mistake' in row))).toEqual([
      [2, 'a quote is opened and never closed'],
      [12_003, 'a quote stands inside a field that is not quoted'],
    ])
  })

  test('written again reads the same', () => {
    const fields = ['plain', 'with, comma', 'with "quote"', 'two\nlines', '']
    expect(short(read(csvLine(fields)))).toEqual([[1, ...fields]])
  })
})
