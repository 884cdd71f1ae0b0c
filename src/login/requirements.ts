import { type Assurance, atLeast } from '../identity/assurance.ts'
import type { MethodId } from '../identity/identifiers.ts'
import type { Words } from '../identity/language.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Method } from '../methods/method.ts'

/** What an agency's request asks of the sign-in. */
export interface Requirements {
  /** The least assurance that will do. */
  readonly need: Assurance
  /** The methods that the agency's agreement and its request allow; absent: all. */
  readonly allowed?: readonly MethodId[]
  /** The agency's agreement excludes e-residents. */
  readonly noEResidents?: true
}

export type Choice = { readonly method: MethodId; readonly assurance: Assurance; readonly usable: true } | Closed

export interface Closed extends Reason {
  readonly method: MethodId
  readonly assurance: Assurance
  readonly usable: false
}

/** Why it can't be chosen: not allowed or switched off (PRT-1104), not sure enough (PRT-1103), not to be had now (its own). */
interface Reason {
  readonly because: TroubleCode
  /** The agency takes no such thing: nothing that people need to be shown. */
  readonly foreign?: true
  /** An operator's own words to the people. */
  readonly reason?: Words
}

/** Of a method that an operator has switched off. */
export type Off = (method: MethodId) => { readonly reason?: Words } | undefined

/** Every method with whether it will do, in the registry's order. Pure: knows nothing of the person. */
export function choicesFor(methods: readonly Method[], requirements: Requirements, off: Off): readonly Choice[] {
  return methods.map((method) => {
    const { id, assurance } = method
    const why = unfit(method, requirements) ?? closed(id, off) ?? away(method)
    return why ? { method: id, assurance, usable: false, ...why } : { method: id, assurance, usable: true }
  })
}

/** What speaks against it for good, in this sign-in. */
export function unfit({ id, assurance }: Method, { need, allowed }: Requirements): Reason | undefined {
  if (allowed && !allowed.includes(id)) return { because: 'PRT-1104', foreign: true }
  return atLeast(assurance, need) ? undefined : { because: 'PRT-1103' }
}

/** What it depends on does not answer: nobody begins with it. Who has begun may still get through. */
export const away = ({ available, away: because = 'PRT-1106' }: Method): Reason | undefined =>
  available?.() === false ? { because } : undefined

function closed(id: MethodId, off: Off): Reason | undefined {
  const switched = off(id)
  return switched && { because: 'PRT-1104', ...(switched.reason && { reason: switched.reason }) }
}
