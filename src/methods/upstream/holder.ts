import type { JWTPayload } from 'jose'
import type { Assurance } from '../../identity/assurance.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import type { Proof } from '../../identity/proof.ts'
import { type Refused, refused } from './refusals.ts'
import type { Upstream } from './upstream.ts'

// Who a believed ID token is about, and how surely. The person code in it (ThaID's `sub` is one too) leaves this file in
// the proof alone, and is neither logged nor kept.

export interface Holder {
  readonly ok: true
  readonly code: string
  readonly assurance: Assurance
  readonly names?: NonNullable<Proof['names']>
}

export function holderIn(
  claims: JWTPayload,
  { person, level, names }: Pick<Upstream, 'person' | 'level' | 'names'>,
): Holder | Refused {
  const written = textAt(claims, person.claim)
  if (written === undefined) return refused('no-person')
  const parsed = parsePersonId(person.scheme, written)
  if (!parsed.ok) return refused('not-a-code')
  const stated = textAt(claims, level.claim)
  const assurance = stated !== undefined && Object.hasOwn(level.levels, stated) ? level.levels[stated] : undefined
  if (!assurance) return refused('level-unknown')
  const [given, family] = [names.given, names.family].map((claim) => claim && textAt(claims, claim))
  return {
    ok: true,
    code: parsed.code,
    assurance,
    ...(given && family && { names: { given, family } }),
  }
}

/** The claim of that name, else the place that dots lead to (`sub_attributes.identity_number`). Numbers as they print. */
function textAt(claims: JWTPayload, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : name.split('.').reduce<unknown>(memberOf, claims)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

const memberOf = (from: unknown, key: string): unknown =>
  typeof from === 'object' && from !== null && Object.hasOwn(from, key)
    ? (from as Record<string, unknown>)[key]
    : undefined
