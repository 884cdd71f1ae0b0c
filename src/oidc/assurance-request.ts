import { type Assurance, atLeast, higher, isAssurance, LEVELS, lower } from '../identity/assurance.ts'
import type { MethodId } from '../identity/identifiers.ts'

// Which level of assurance a request asks for, and by which ways of signing in. Pure.

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

/** Before a method's id: a value of `acr_values` that names a way and says nothing of the level. */
export const METHOD_VALUE = 'urn:pratu:method:'

/**
 * What is left of `open` when the request names ways: those that will do, in any order. As with levels, `acr_values` lists
 * what would do, so a way that is not open here is passed over as long as one is (OIDC Core §3.1.2.1). Whoever names none
 * takes all; whoever names only what is not open gets an empty list, which is nobody's sign-in.
 */
export function namedMethods(
  acrValues: string | undefined,
  open: readonly MethodId[],
): readonly MethodId[] | undefined {
  const named = (acrValues ?? '').split(' ').filter((value) => value.startsWith(METHOD_VALUE))
  if (named.length === 0) return undefined
  return open.filter((id) => named.includes(METHOD_VALUE + id))
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
