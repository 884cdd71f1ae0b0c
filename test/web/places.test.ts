import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openPlaces, PlacesMistakes } from '../../src/web/places.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const words = (text: string) => ({ th: text, en: text, et: text })

function opened(document: unknown) {
  const path = join(folder, 'places.json')
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return openPlaces(path)
}

test('the most exact network says where an address is; what is in none is nowhere', () => {
  const placeOf = opened({
    places: [
      { name: words('Thailand'), networks: ['203.0.0.0/16', '2001:db8::/32'] },
      { name: words('Bangkok'), networks: ['203.0.113.0/24', '2001:db8:1::/48'] },
      { name: words('One house'), networks: ['203.0.113.7/32'] },
    ],
  })
  const at = (address: string) => placeOf(address)?.en
  expect(at('203.0.113.9')).toBe('Bangkok')
  expect(at('203.0.113.7')).toBe('One house')
  expect(at('203.0.5.1')).toBe('Thailand')
  expect(at('203.1.0.0')).toBeUndefined()
  expect(at('2001:db8:1:ffff::1')).toBe('Bangkok')
  expect(at('2001:db8:2::')).toBe('Thailand')
  expect(at('2001:db9::')).toBeUndefined()
  expect(at('::')).toBeUndefined()
  expect(at('not an address')).toBeUndefined()
})

test('without a file there is no place', () => {
  expect(openPlaces(undefined)('203.0.113.9')).toBeUndefined()
})

test('every mistake of the file is told at once, with its place', () => {
  const name = words('Bangkok')
  const broken = {
    places: [
      { name, networks: ['203.0.113.0/33', '1.2.3/8', 'x'] },
      { name: { th: 'a' }, networks: [] },
      { name, networks: ['10.0.0.0/8', '10.0.0.1/8'] },
    ],
  }
  let told = ''
  try {
    opened(broken)
  } catch (error) {
    expect(error).toBeInstanceOf(PlacesMistakes)
    told = (error as Error).message
  }
  for (const place of [
    'places[0].networks[0]',
    'places[0].networks[1]',
    'places[0].networks[2]',
    'places[1].name',
    'places[1].networks',
    'places[2].networks[1] stands here twice',
  ])
    expect(told).toContain(place)
  expect(() => opened('{')).toThrow(/line 1/)
  expect(() => openPlaces(join(folder, 'none.json'))).toThrow(/cannot be read/)
})
