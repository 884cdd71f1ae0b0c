import { describe, expect, test } from '@jest/globals'
import { type FileMap, mapRow, readMap } from '../../src/persons/map.ts'
import { page } from '../docs/blocks.ts'

const good = {
  delimiter: ';',
  date: 'YYYYMMDD',
  columns: { code: 'PID', given_name: 'FNAME', status: 'STAT', birth_date: 'DOB' },
  constants: { scheme: 'TH', kind: 'citizen' },
  values: { status: { '0': 'active', '1': 'deceased', '': 'active' } },
}
const read = (changes: object) => readMap(JSON.stringify({ ...good, ...changes }))
function map(changes: object = {}): FileMap {
  const found = read(changes)
  if ('mistakes' in found) throw new Error(found.mistakes.join('\n'))
  return found.map
}
const mapped = (fields: string[], changes: object = {}) =>
  mapRow(
    map(changes),
    fields,
    new Map([
      ['code', 0],
      ['given_name', 1],
      ['status', 2],
      ['birth_date', 3],
    ]),
  )

describe('a map', () => {
  test('tells columns, constants, words and dates', () => {
    expect(mapped(['1101', 'สมชาย', '1', '25330501'])).toEqual({
      texts: {
        scheme: 'TH',
        kind: 'citizen',
        code: '1101',
        given_name: 'สมชาย',
        status: 'deceased',
        birth_date: '2533-05-01',
      },
    })
  })

  test.each([
    ['YYYYMMDD', '25330000', '2533-00-00'],
    ['YYYYMMDD', '2533', '2533'],
    ['DD/MM/YYYY', '01/05/2533', '2533-05-01'],
    ['DD/MM/YYYY', '01.05.1990', '1990-05-01'],
    ['YYYY-MM-DD', '1990-05-01', '1990-05-01'],
  ])('whose dates are %s reads %s as %s', (date, theirs, ours) => {
    expect(mapped(['1', '', '0', theirs], { date })).toMatchObject({ texts: { birth_date: ours } })
  })

  test('gives an empty field the meaning that its table has for it', () => {
    expect(mapped(['1', '', ' ', ''])).toMatchObject({ texts: { status: 'active' } })
    const values = { status: { '0': 'active' } }
    expect(mapped(['1', '', ' ', ''], { values })).toMatchObject({ texts: { status: '' } })
  })

  test('makes a mistake of a word that it does not know, without repeating it', () => {
    expect(mapped(['1', '', 'somebody', ''])).toEqual({ mistake: 'the map has no word for this status' })
  })

  test('with mistakes is told all of them at once, each with its place', () => {
    const found = read({
      delimiter: 'x',
      date: 'soon',
      colums: {},
      columns: { code: 'PID', given: 'FNAME', kind: 'KIND', family_name: 3 },
      constants: { kind: 'alien' },
      values: { kind: { a: 'martian' }, code: { a: 'b' }, status: [] },
    })
    expect('mistakes' in found && found.mistakes).toEqual([
      'colums: unknown; known are columns, constants, values, date and delimiter',
      'delimiter: must be , or ; or | or a tab',
      'date: must be one of YYYY-MM-DD, YYYYMMDD, DD/MM/YYYY',
      expect.stringMatching(/^columns.given: unknown column; known: scheme, code, kind/),
      'columns.family_name: must be text in quotes',
      'constants.kind: must be one of citizen, resident, e-resident',
      'scheme: every person needs it, from a column or as a constant',
      'kind: stands in columns and in constants',
      'values.kind.a: must be one of citizen, resident, e-resident',
      'values.code: only scheme, kind, status have a table of values',
      'values.status: must be an object',
    ])
  })

  test('in the documents is one', () => {
    const example = /```json\n(\{[^`]*"columns"[^`]*)```/.exec(page('docs/operate.md'))?.[1]
    expect(readMap(example ?? '')).toMatchObject({ map: { delimiter: ';', columns: { code: 'PID' } } })
  })

  test.each([
    ['no JSON', '{', 'it is not JSON'],
    ['no object', '[]', 'it is not a JSON object'],
    ['of texts', '{"columns":"a","constants":1,"values":2}', 'columns: must be an object'],
  ])('that is %s is refused', (_, text, why) => {
    const found = readMap(text)
    expect('mistakes' in found && found.mistakes[0]).toContain(why)
  })
})
