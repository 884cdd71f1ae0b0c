import type { Assurance } from '../../identity/assurance.ts'
import type { MethodId } from '../../identity/identifiers.ts'
import type { SchemeId } from '../../identity/person-id.ts'

// One outside service that knows people, as the settings describe it. What one does otherwise than the standard stands
// here as a value, so that the next service is a few lines of settings and no code.

/** The methods that are services elsewhere. MitID is reached through a broker, which speaks plain OpenID Connect. */
export const UPSTREAM_IDS = ['thaid', 'mitid'] as const satisfies readonly MethodId[]
export type UpstreamId = (typeof UPSTREAM_IDS)[number]

export const CLIENT_AUTHS = ['client_secret_basic', 'client_secret_post'] as const
export const ALGORITHMS = ['ES256', 'RS256', 'PS256'] as const

export interface Upstream {
  readonly id: UpstreamId
  /** As discovery and the ID token write it, to the letter. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly auth: (typeof CLIENT_AUTHS)[number]
  /** Space-separated; `openid` among them. */
  readonly scope: string
  /** Sent along with every question. */
  readonly parameters: Readonly<Record<string, string>>
  /** The claim with the person code, and whose it is. */
  readonly person: { readonly claim: string; readonly scheme: SchemeId }
  /** The claim that says how surely the service knows the person, and what its values are worth here. */
  readonly level: { readonly claim: string; readonly levels: Readonly<Record<string, Assurance>> }
  readonly names: { readonly given?: string; readonly family?: string }
  /** RFC 8176 values of what people do there. */
  readonly amr: readonly string[]
  /** `if-returned`: for a service that does not know nonces (ThaID); one that comes back must be right all the same. */
  readonly nonce: 'always' | 'if-returned'
  /** The person proves themselves there anew each time, whatever the service remembers of its own. */
  readonly fresh: boolean
}

export const isUpstream = (id: string): id is UpstreamId => UPSTREAM_IDS.some((known) => known === id)
