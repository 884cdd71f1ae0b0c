import type { Json } from '../identity/json.ts'

/**
 * RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Members that are `undefined` are left out, as JSON.stringify does.
 * @throws TypeError for NaN and infinities, which JSON has no form for.
 */
export function canonicalJson(value: Json): string {
  // The engine's own writer takes an eighth of the time of one that joins texts, once the keys are in order.
  const inOrder = sorted(value)
  return inOrder === UNSORTABLE ? joined(value) : JSON.stringify(inOrder)
}

const UNSORTABLE = Symbol('unsortable')

/** The same with the keys of every object in order; what is in order already is not copied. */
function sorted(value: Json | undefined): Json | undefined | typeof UNSORTABLE {
  if (value === null || typeof value !== 'object') return sound(value)
  if (Array.isArray(value)) return sortedItems(value)
  const members = value as Members
  const keys = Object.keys(members)
  // An object has such keys in an order of its own, or not as its own.
  if (keys.some((key) => (key >= '0' && key < ':') || key === '__proto__')) return UNSORTABLE
  const copy: Record<string, Json | undefined> = {}
  let same = inOrder(keys)
  for (const key of same ? keys : keys.sort()) {
    const member = sorted(members[key])
    if (member === UNSORTABLE) return UNSORTABLE
    same &&= member === members[key]
    copy[key] = member
  }
  return same ? members : copy
}

type Members = { readonly [key: string]: Json | undefined }

function sortedItems(items: readonly Json[]): readonly Json[] | typeof UNSORTABLE {
  const found: Json[] = []
  for (const item of items) {
    const member = sorted(item)
    if (member === UNSORTABLE) return UNSORTABLE
    found.push(member as Json)
  }
  return found.every((item, at) => item === items[at]) ? items : found
}

function inOrder(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if (keys[at - 1]! > keys[at]!) return false
  return true
}

function sound<Value>(value: Value): Value {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`canonical JSON has no form for ${value}`)
  return value
}

function joined(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(sound(value))
  if (Array.isArray(value)) return `[${value.map((item: Json) => joined(item)).join(',')}]`
  const members = value as Members
  const parts: string[] = []
  for (const key of Object.keys(members).toSorted()) {
    const member = members[key]
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${joined(member)}`)
  }
  return `{${parts.join(',')}}`
}
