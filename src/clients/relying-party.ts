import type { AgencyId, ClientId } from '../identity/identifiers.ts'
import type { Words } from '../identity/language.ts'
import type { Metadata } from './metadata.ts'

export interface Agency {
  readonly id: AgencyId
  readonly name: Words
  /** Who answers for it: an office and a way to reach it, for the operators. */
  readonly officer: string
}

export interface Client {
  readonly id: ClientId
  readonly agency: Agency
  readonly name: Words
  /** Enters every pairwise subject (OIDC Core §8.1); the agency's, and never changes. */
  readonly sector: string
  /** Standard client metadata (RFC 7591 §2) and our own `web_origins`, `guards`, `pkce_optional`; no `client_id`, no secret. */
  readonly metadata: Metadata
  /** base64url of the SHA-256; compare with `secretMatches`. */
  readonly secretHash?: string
  readonly disabled: boolean
  /** Version of its present agreement, which disclosure keeps. Without one the client learns the subject alone. */
  readonly agreement?: number
  /** Grows with every change of this client or its agency: what is built from a Client may be kept under id and version. */
  readonly version: bigint
}
