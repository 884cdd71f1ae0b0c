import type { Assurance } from './assurance.ts'
import type { MethodId } from './identifiers.ts'

/** What a login method hands over when somebody has proved who they are. */
export interface Proof {
  readonly method: MethodId
  /** National identifier scheme (`TH`, `EE` …) and canonical code of the person who proved themselves. */
  readonly scheme: string
  readonly code: string
  /** Where the number on the means may be one of several schemes: the others. Who all of them mean must be one person. */
  readonly orElse?: readonly { readonly scheme: string; readonly code: string }[]
  readonly assurance: Assurance
  /** RFC 8176 values; the method's id is added by the login flow. */
  readonly amr: readonly string[]
  /** SHA-256 (base64url) over what was verified: goes into the audit, says nothing by itself. */
  readonly evidence: string
  /** As the means has them. Only ever compared with the register's; a difference is noted, the names are not. */
  readonly names?: { readonly given?: string; readonly family?: string }
  /** What the means says of its holder beyond who they are. */
  readonly kind?: 'e-resident'
}
