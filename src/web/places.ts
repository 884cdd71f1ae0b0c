import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { at, items, members, note, type Place, text, whole, words } from '../clients/mistakes.ts'
import { readJson } from '../formats/json-text.ts'
import type { Words } from '../identity/language.ts'

// The file of PRATU_PLACES: which networks are in which city. Only for people to recognise a sign-in of theirs by; no
// decision stands on it. Without the file no place is shown: none is guessed and nobody is asked.

/** The most exact network that holds the address says where it is. */
export type PlaceOf = (address: string) => Words | undefined

export class PlacesMistakes extends Error {
  constructor(file: string, mistakes: readonly string[]) {
    super([`The places in ${file} are not usable:`, ...mistakes.map((line) => `  ${line}`)].join('\n'))
  }
}

/** @throws PlacesMistakes naming all of them. */
export function openPlaces(file: string | undefined): PlaceOf {
  if (file === undefined) return () => undefined
  const networks = new Map<string, Words>()
  for (const [network, name] of readPlaces(file)) networks.set(network, name)
  const lengths = (size: number): number[] =>
    [
      ...new Set([...networks.keys()].flatMap((key) => (key.startsWith(`${size}|`) ? Number(key.split('|')[1]) : []))),
    ].toSorted((one, other) => other - one)
  const known = { 32: lengths(32), 128: lengths(128) }
  return (address) => {
    const read = bitsOf(address)
    if (!read) return undefined
    for (const length of known[read.size]) {
      const found = networks.get(keyOf(read, length))
      if (found) return found
    }
    return undefined
  }
}

interface Bits {
  readonly size: 32 | 128
  readonly value: bigint
}

const keyOf = ({ size, value }: Bits, length: number): string => `${size}|${length}|${value >> BigInt(size - length)}`

function readPlaces(file: string): Map<string, Words> {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (error) {
    throw new PlacesMistakes(file, [`it cannot be read (${(error as NodeJS.ErrnoException).code})`])
  }
  const read = readJson(content)
  if (!read.ok) {
    const { line, column, problem } = read.trouble
    throw new PlacesMistakes(file, [`line ${line}, column ${column}: ${problem}`])
  }
  const place = whole(read.value)
  members(place, ['places'])
  const found = new Map<string, Words>()
  for (const one of items(at(place, 'places'), { most: 100_000 })) {
    if (!members(one, ['name', 'networks'])) continue
    const name = words(at(one, 'name'), 60)
    for (const each of items(at(one, 'networks'), { least: 1, most: 100_000 })) {
      const network = readNetwork(each)
      if (network !== undefined && found.has(network)) note(each, 'stands here twice')
      if (network !== undefined && name) found.set(network, name)
    }
  }
  if (place.mistakes.length > 0)
    throw new PlacesMistakes(
      file,
      place.mistakes.map(({ path, problem }) => `${path || 'the document'} ${problem}`),
    )
  return found
}

function readNetwork(place: Place): string | undefined {
  const written = text(place, 50)
  if (written === undefined) return undefined
  const [address = '', length, ...more] = written.split('/')
  const bits = bitsOf(address)
  const size = /^\d{1,3}$/.test(length ?? '') ? Number(length) : Number.NaN
  if (!bits || more.length > 0 || !(size >= 0 && size <= bits.size))
    return note(place, 'must be a network such as "203.0.113.0/24" or "2001:db8::/32"')
  return keyOf(bits, size)
}

function bitsOf(address: string): Bits | undefined {
  const family = isIP(address)
  if (family === 0) return undefined
  if (family === 4)
    return { size: 32, value: BigInt(address.split('.').reduce((all, part) => all * 256 + Number(part), 0)) }
  // The address parser of web addresses writes the longest form's groups, with `::` for the longest row of zeros.
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const [before, behind] = [groups(head), groups(tail)]
  const all = [...before, ...Array.from({ length: 8 - before.length - behind.length }, () => '0'), ...behind]
  return { size: 128, value: BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`) }
}
