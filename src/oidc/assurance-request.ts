import { type Assurance, atLeast, higher, isAssurance, LEVELS, lower } from '../identity/assurance.ts'

// Which level of assurance a request asks for. Pure.

export interface AssuranceRequest {
  readonly acrValues?: string | undefined
  /** `claims.id_token.acr` as it came. */
  readonly acrClaim?: unknown
  /** What the agency's agreement asks for at least. */
  readonly floor: Assurance
}

/**
 * The least level that answers the request; `impossible` when an essential claim names only levels we don't know.
 * `acr_values` is a list of what would do, so the lowest known counts, and what is unknown is ignored (OIDC Core
 * §3.1.2.1). An essential `acr` claim must be met (§5.5.1.1): of several values the highest counts, for an agency that
 * names `high` shall never be answered with less. A voluntary claim is a wish.
 */
export function needOf({ acrValues, acrClaim, floor }: AssuranceRequest): Assurance | 'impossible' {
  const wished = (acrValues ?? '').split(' ').filter(isAssurance)
  const least = wished.length > 0 ? wished.reduce(lower) : LEVELS[0]
  const named = essential(acrClaim)
  if (named === undefined) return higher(floor, least)
  const known = named.filter(isAssurance)
  if (known.length === 0) return 'impossible'
  return [floor, least, ...known].reduce(higher)
}

/** The values of an essential claim, or undefined when it isn't one or names none. */
function essential(claim: unknown): unknown[] | undefined {
  if (typeof claim !== 'object' || claim === null) return undefined
  const { essential, value, values } = claim as { essential?: unknown; value?: unknown; values?: unknown }
  if (essential !== true) return undefined
  const all = [...(value === undefined ? [] : [value]), ...(Array.isArray(values) ? values : [])]
  return all.length > 0 ? all : undefined
}

export const meets = (have: unknown, need: Assurance): boolean => isAssurance(have) && atLeast(have, need)
