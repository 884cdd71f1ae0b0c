import type { Actor } from '../identity/actor.ts'
import type { ClientId, PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'

// What can happen, one line each. The class number goes into the leaf of the later Merkle tree: never reuse one.
export const EVENTS = {
  'sign-in.succeeded': 1,
  'sign-in.refused': 2,
  'sign-in.single-sign-on': 3,
  'consent.given': 10,
  'consent.denied': 11,
  'consent.withdrawn': 12,
  'data.released': 20,
  'code.issued': 21,
  'tokens.issued': 22,
  'tokens.refused': 23,
  'tokens.revoked': 24,
  'sign-out.done': 30,
  'session.ended': 31,
  'session.left': 32,
  'credential.enrolled': 40,
  'credential.removed': 41,
  'credential.letter-issued': 42,
  'credential.activation-refused': 43,
  'credential.wiped': 44,
  'credential.card-issued': 45,
  'credential.enrolment-refused': 46,
  'person.imported': 50,
  'person.status-changed': 51,
  'person.read': 52,
  'person.blocks-changed': 53,
  'person.recovered': 54,
  'person.locked': 55,
  'person.unlocked': 56,
  'client.imported': 60,
  'client.disabled': 61,
  'client.enabled': 62,
  'key.created': 70,
  'key.announced': 71,
  'key.promoted': 72,
  'key.retired': 73,
  'key.removed': 74,
  'key.revoked': 75,
  'key.schedule-set': 76,
  'key.withdrawn': 77,
  'key.went-back': 78,
  'secret.announced': 120,
  'secret.in-force': 121,
  'secret.resealed': 122,
  'secret.dropped': 123,
  'secret.schedule-set': 124,
  'secret.master-announced': 125,
  'secret.master-changed': 126,
  'secret.indexed-anew': 127,
  'cards.blocked': 80,
  'cards.unblocked': 81,
  'method.switched-off': 85,
  'method.switched-on': 86,
  'operators.asked': 100,
  'operators.approved': 101,
  'operators.refused': 102,
  'operators.used': 103,
  'operators.begun': 105,
  'operator.added': 106,
  'operator.removed': 107,
  'desk.refused': 104,
  'deliveries.retried': 110,
  'sessions.ended': 111,
  'address.confirmed': 115,
  'address.removed': 116,
  'case.opened': 117,
  'case.closed': 118,
  'own.downloaded': 119,
  'audit.read': 90,
  'audit.verified': 91,
  'audit.erased': 92,
} as const
export type EventType = keyof typeof EVENTS

/** What an operator's command may put on record without their signature: it changes nothing, shows nobody, and runs by night. */
export const UNSIGNED: readonly EventType[] = ['audit.verified']

/** Kept for as long as the log: without them nobody can say whose signature is whose. */
export const KEPT: readonly EventType[] = ['operators.begun', 'operator.added', 'operator.removed']

/** One thing done. `detail` may hold personal data: it is sealed in the row and covered by the commitment. */
export interface Entry {
  readonly type: EventType
  readonly actor: Actor
  readonly person?: PersonKey
  readonly client?: ClientId
  readonly request?: RequestId
  /** Until then it is kept from the person's own page, epoch milliseconds: a look-up that a law lets be told later. */
  readonly shownFrom?: number
  readonly detail?: { readonly [key: string]: Json | undefined }
}
