import { type Assurance, atLeast } from '../identity/assurance.ts'
import type { MethodId } from '../identity/identifiers.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Method } from '../methods/method.ts'

/** What an agency's request asks of the sign-in. */
export interface Requirements {
  /** The least assurance that will do. */
  readonly need: Assurance
  /** The methods that the agency's agreement allows; absent: all. */
  readonly allowed?: readonly MethodId[]
  /** The agency's agreement excludes e-residents. */
  readonly noEResidents?: true
}

export type Choice =
  | { readonly method: MethodId; readonly assurance: Assurance; readonly usable: true }
  /** Why it can't be chosen: switched off or not allowed (PRT-1104), not sure enough (PRT-1103), not to be had now (PRT-1604). */
  | { readonly method: MethodId; readonly assurance: Assurance; readonly usable: false; readonly because: TroubleCode }

/** Every method with whether it will do, in the registry's order. Pure: knows nothing of the person. */
export function choicesFor(methods: readonly Method[], { need, allowed }: Requirements): readonly Choice[] {
  return methods.map((method) => {
    const { id, assurance } = method
    const because = whyNot(id, assurance) ?? (method.available?.() === false ? 'PRT-1604' : undefined)
    return because ? { method: id, assurance, usable: false, because } : { method: id, assurance, usable: true }
  })

  function whyNot(id: MethodId, assurance: Assurance): TroubleCode | undefined {
    if (allowed && !allowed.includes(id)) return 'PRT-1104'
    return atLeast(assurance, need) ? undefined : 'PRT-1103'
  }
}
