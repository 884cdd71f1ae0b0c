import { hash } from 'node:crypto'

// What both stores do alike when a session is saved by several tabs at once.

/** So many values of one relying party's entry are recognised as superseded. */
export const HISTORY = 5
/** So many replaced ids of one session are honoured within their grace; older ones die early. */
export const OLD_IDS = 8

/**
 * Recognises one value of one relying party's entry in one session. A tab that loaded the session before another tab
 * changed or dropped the entry would write the old value back: it is recognised by this mark and left out. The uid
 * is random, so that a mark tells a thief nothing. Price: an entry can't return to exactly a value it had before.
 */
export const entryMark = (uid: string, client: string, json: string): string =>
  hash('sha256', `${uid}\n${client}\n${json}`, 'base64url').slice(0, 11)

export const belongs = (uid: string, id: string): boolean =>
  uid !== '' && !uid.includes('.') && id.startsWith(`${uid}.`) && id.length > uid.length + 1

/** Whole seconds, at least one: Redis refuses anything less, and a record that never expires must not exist. */
export function bounded(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new Error(`not a lifetime: ${seconds}`)
  return Math.max(1, Math.ceil(seconds))
}
