import type { ClientId, PersonKey } from './identifiers.ts'

/** Who did something. Goes into every audit entry and every version of a register entry. */
export type Actor =
  | { readonly kind: 'citizen'; readonly person: PersonKey }
  | { readonly kind: 'relying-party'; readonly client: ClientId }
  /** `name`: the operator's account name on the machine or in the operators' directory. */
  | { readonly kind: 'operator'; readonly name: string }
  /** Somebody at the door whom we don't know yet. */
  | { readonly kind: 'visitor' }
  /** The service itself: a schedule, a start, the demo world. */
  | { readonly kind: 'service'; readonly part: string }
