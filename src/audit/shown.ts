import type { Json } from '../identity/json.ts'
import type { Entry, EventType } from './entry.ts'

// Which entries the person whom they concern sees on their own page, and which of their details: one line each. Everything
// else of an entry (evidence, what an operator typed about others) stays with the audit. `code.issued` and
// `tokens.issued` are not here: they are what a sign-in consists of, and the sign-in is a line already.
export const SHOWN: Readonly<Partial<Record<EventType, readonly string[]>>> = {
  'sign-in.succeeded': ['method', 'amr', 'acr', 'auth_time', 'device', 'place'],
  'sign-in.single-sign-on': ['amr', 'acr', 'auth_time', 'session', 'device', 'place'],
  'sign-in.refused': ['method', 'code', 'device', 'place'],
  'sign-out.done': ['everywhere'],
  'session.ended': ['session', 'why'],
  'session.left': ['session'],
  'data.released': ['claims', 'in', 'agreement'],
  'consent.given': ['claims', 'agreement'],
  'consent.denied': ['claims'],
  'consent.withdrawn': ['claims'],
  'credential.enrolled': ['method'],
  'credential.removed': ['method'],
  'credential.wiped': ['methods'],
  'credential.letter-issued': [],
  'credential.card-issued': [],
  'credential.activation-refused': [],
  'person.status-changed': ['from', 'to'],
  'person.blocks-changed': ['from', 'to'],
  'person.recovered': [],
  'address.confirmed': [],
  'address.removed': [],
  'case.opened': ['case', 'said'],
  'case.closed': ['case', 'outcome'],
  'own.downloaded': [],
  'person.read': ['what', 'reason'],
}

/** @returns undefined where the entry is no line of anybody's page. */
export function shownOf({ type, person, actor, detail = {} }: Entry): Readonly<Record<string, Json>> | undefined {
  const names = SHOWN[type]
  if (!names || person === undefined) return undefined
  // Only of who had proved to be that person. A wrong code is no line: writing one for those who exist and none for those
  // who don't would tell strangers which is which, by the time that the answer takes.
  if (type === 'sign-in.refused' && detail.proved !== true) return undefined
  const told = names.flatMap((name) => (detail[name] === undefined ? [] : [[name, detail[name]] as const]))
  return { ...Object.fromEntries(told), ...(actor.kind !== 'citizen' && { actor: actor.kind }) }
}
