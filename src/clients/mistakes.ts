import type { Json } from '../identity/json.ts'
import { LANGUAGES, type Words } from '../identity/language.ts'

// Reading a document that people wrote: every mistake is noted with its place, none stops the reading, so that an
// operator corrects a file once and not twenty times. Used for the clients file here and in disclosure.

/** `path` as one would write it in JavaScript: `agencies[0].relying_parties[2].redirect_uris[1]`; empty: the whole document. */
export interface Mistake {
  readonly path: string
  readonly problem: string
}

export type Members = { readonly [key: string]: Json | undefined }

/** A place in the document. The reading functions answer `undefined` when the value is absent or was noted as a mistake. */
export interface Place {
  readonly path: string
  readonly value: Json | undefined
  readonly mistakes: Mistake[]
}

export const whole = (value: Json | undefined): Place => ({ path: '', value, mistakes: [] })

export function note(place: Place, problem: string): undefined {
  place.mistakes.push({ path: place.path, problem })
  return undefined
}

const isMembers = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member `key`; of anything that isn't an object, an absent value. */
export const at = (place: Place, key: string): Place => ({
  path: place.path === '' ? key : /^[A-Za-z_][\w#-]*$/.test(key) ? `${place.path}.${key}` : `${place.path}["${key}"]`,
  value: isMembers(place.value) && Object.hasOwn(place.value, key) ? place.value[key] : undefined,
  mistakes: place.mistakes,
})

/** Notes what is no object, and every member that isn't in `known`: a misspelt name must not be a silent absence. */
export function members(place: Place, known: readonly string[], hints: Readonly<Record<string, string>> = {}): boolean {
  if (!isMembers(place.value)) {
    note(place, place.value === undefined ? 'is missing' : 'must be an object')
    return false
  }
  for (const key of Object.keys(place.value)) {
    if (!known.includes(key)) note(at(place, key), hints[key] ?? 'is not a known name')
  }
  return true
}

/** The items of an array; an absent one has none. */
export function items(place: Place, limits: { least?: number; most: number }): readonly Place[] {
  const { value } = place
  if (value === undefined && !limits.least) return []
  if (!Array.isArray(value)) {
    note(place, value === undefined ? 'is missing' : 'must be an array')
    return []
  }
  if (value.length < (limits.least ?? 0)) note(place, `must have at least ${limits.least}`)
  if (value.length > limits.most) note(place, `may have at most ${limits.most}`)
  return value.map((item: Json, index) => ({ path: `${place.path}[${index}]`, value: item, mistakes: place.mistakes }))
}

/** Text of 1 to `most` characters without control characters. */
export function text(place: Place, most = 300): string | undefined {
  const { value } = place
  if (typeof value !== 'string') return note(place, value === undefined ? 'is missing' : 'must be a text')
  if (value.trim() === '' || value.length > most) return note(place, `must have 1 to ${most} characters`)
  if (/\p{Cc}/u.test(value)) return note(place, 'must not hold control characters')
  return value
}

/** An identifier that may stand in addresses, tables and on the command line without quoting. */
export function identifier(place: Place): string | undefined {
  const value = text(place, 100)
  if (value === undefined) return undefined
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value))
    return note(place, 'may hold letters, digits, ".", "_" and "-", and begins with a letter or digit')
  return value
}

export function flag(place: Place): boolean | undefined {
  const { value } = place
  if (value === undefined || typeof value === 'boolean') return value
  return note(place, 'must be true or false')
}

export function oneOf<Choice extends string>(place: Place, choices: readonly Choice[]): Choice | undefined {
  const found = choices.find((choice) => choice === place.value)
  if (found !== undefined) return found
  return note(place, place.value === undefined ? 'is missing' : `must be ${choices.map(quoted).join(' or ')}`)
}

/** The same text in every language of the service, as `{ "th": …, "en": …, "et": … }`. */
export function words(place: Place, most = 300): Words | undefined {
  if (!members(place, LANGUAGES)) return undefined
  const read = LANGUAGES.map((language) => [language, text(at(place, language), most)] as const)
  return read.every(([, value]) => value !== undefined) ? (Object.fromEntries(read) as unknown as Words) : undefined
}

/** Notes every item that stands twice. */
export function unique(places: readonly Place[]): void {
  const seen = new Map<Json | undefined, string>()
  for (const place of places) {
    const first = seen.get(place.value)
    if (first === undefined) seen.set(place.value, place.path)
    else note(place, `stands twice: the same as ${first}`)
  }
}

export const quoted = (value: string): string => JSON.stringify(value)
