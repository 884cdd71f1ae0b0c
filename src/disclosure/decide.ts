import type { Json } from '../identity/json.ts'
import type { Person } from '../persons/person.ts'
import { type Agreement, type Ground, isInForce } from './agreements.ts'
import { CLAIMS, type ClaimName, isClaimName, SCOPES } from './claims.ts'

// The one place where it is decided what a relying party learns about a person. Pure: the same question has the same
// answer. It starts from what was asked for, and each claim must pass every gate; there is no way around a gate.

/** The `claims` request parameter (OIDC Core §5.5): what stands under a name does not matter here, unknown names neither. */
export interface ClaimsParameter {
  readonly id_token?: Readonly<Record<string, unknown>> | null | undefined
  readonly userinfo?: Readonly<Record<string, unknown>> | null | undefined
}

export interface Requested {
  readonly scopes: readonly string[]
  readonly claims?: ClaimsParameter | undefined
}

/** A consent that was given and not withdrawn. */
export interface StandingConsent {
  readonly agreement: number
  readonly claims: readonly string[]
}

export interface Question {
  readonly agreement: Agreement | undefined
  readonly person: Person
  readonly requested: Requested
  /** Of this person, to this relying party. */
  readonly consents: readonly StandingConsent[]
  /** Epoch milliseconds. */
  readonly now: number
}

export type Reason =
  | 'no-agreement'
  | 'agreement-not-yet-valid'
  | 'agreement-expired'
  | 'person-not-active'
  | 'person-protected'
  | 'not-in-agreement'
  | 'not-in-register'

export type Values = Readonly<Partial<Record<ClaimName, Json>>>

export interface Decision {
  /** What may leave now. */
  readonly release: Values
  /** What the citizen must agree to first; the values are for their own eyes. */
  readonly ask: Values
  readonly refused: readonly { readonly claim: ClaimName; readonly reason: Reason }[]
  /** The agreement that this rests on, while it is in force. */
  readonly agreement: Agreement | undefined
}

/**
 * A protected person (a threatened witness) is hidden from whoever merely finds it useful to know: what the law itself
 * orders is told, what they consent to is their own to tell, and a public task alone is not enough.
 */
export function decide({ agreement, person, requested, consents, now }: Question): Decision {
  const release: Partial<Record<ClaimName, Json>> = {}
  const ask: Partial<Record<ClaimName, Json>> = {}
  const refused: { claim: ClaimName; reason: Reason }[] = []
  const closed = whyNothing(agreement, person, now)
  for (const claim of claimsAskedFor(requested)) {
    const ground = agreement === undefined ? undefined : groundOf(agreement, claim)
    const value = CLAIMS[claim].take(person, now)
    if (closed !== undefined) refused.push({ claim, reason: closed })
    else if (agreement === undefined || ground === undefined) refused.push({ claim, reason: 'not-in-agreement' })
    else if (ground === 'public-task' && person.status === 'protected')
      refused.push({ claim, reason: 'person-protected' })
    else if (value === undefined) refused.push({ claim, reason: 'not-in-register' })
    else if (ground === 'consent' && !consented(consents, agreement, claim)) ask[claim] = value
    else release[claim] = value
  }
  return { release, ask, refused, agreement: agreement && isInForce(agreement, now) ? agreement : undefined }
}

/** By scope and by the `claims` parameter, each once, in the table's order of scopes. */
export function claimsAskedFor({ scopes, claims }: Requested): Set<ClaimName> {
  const wanted = new Set<ClaimName>()
  for (const scope of scopes) {
    if (Object.hasOwn(SCOPES, scope)) for (const name of SCOPES[scope]!) wanted.add(name)
  }
  for (const part of [claims?.id_token, claims?.userinfo]) {
    for (const name of Object.keys(part ?? {})) if (isClaimName(name)) wanted.add(name)
  }
  return wanted
}

function whyNothing(agreement: Agreement | undefined, person: Person, now: number): Reason | undefined {
  // The dead and the suspended can't be signed in; tokens that outlived the change must not speak of them either.
  if (person.status === 'deceased' || person.status === 'suspended') return 'person-not-active'
  return whyNoAgreement(agreement, now)
}

function whyNoAgreement(agreement: Agreement | undefined, now: number): Reason | undefined {
  if (agreement === undefined) return 'no-agreement'
  if (isInForce(agreement, now)) return undefined
  return now < Date.parse(agreement.validFrom) ? 'agreement-not-yet-valid' : 'agreement-expired'
}

const groundOf = (agreement: Agreement, claim: ClaimName): Ground | undefined =>
  agreement.claims.find(({ names }) => names.includes(claim))?.ground

const consented = (consents: readonly StandingConsent[], agreement: Agreement, claim: ClaimName): boolean =>
  consents.some(({ agreement: under, claims }) => under >= agreement.purposeSince && claims.includes(claim))
