// The Smart-ID RP API, version 3, as it is written on the wire: names and shapes, nothing that could be wrong together
// on both sides. The client checks what comes, and the demonstration's service what it is sent, each by itself.

export const PROTOCOL = 'ACSP_V2'
export const ALGORITHM = 'rsassa-pss'
export const HASHES = ['SHA-256', 'SHA-384', 'SHA-512', 'SHA3-256', 'SHA3-384', 'SHA3-512'] as const
export type Hash = (typeof HASHES)[number]

export const LEVELS = ['ADVANCED', 'QUALIFIED'] as const
export type Level = (typeof LEVELS)[number]

/** How the request reached the telephone. */
export const FLOWS = ['QR', 'Web2App', 'App2App', 'Notification'] as const
export type FlowType = (typeof FLOWS)[number]
export type LinkType = Exclude<FlowType, 'Notification'>

export const INTERACTIONS = [
  'displayTextAndPIN',
  'confirmationMessage',
  'confirmationMessageAndVerificationCodeChoice',
] as const
export type InteractionType = (typeof INTERACTIONS)[number]

export interface Interaction {
  readonly type: InteractionType
  /** Of `displayTextAndPIN`. */
  readonly displayText60?: string
  /** Of the other two. */
  readonly displayText200?: string
}

/** `OK` aside, every way in which a session can end; what is not here is a failure too. */
export const FAILURES = [
  'USER_REFUSED',
  'TIMEOUT',
  'DOCUMENT_UNUSABLE',
  'WRONG_VC',
  'REQUIRED_INTERACTION_NOT_SUPPORTED_BY_APP',
  'USER_REFUSED_CERT_CHOICE',
  'USER_REFUSED_INTERACTION',
  'PROTOCOL_FAILURE',
  'EXPECTED_LINKED_SESSION',
  'SERVER_ERROR',
  'ACCOUNT_UNUSABLE',
] as const
export type Failure = (typeof FAILURES)[number]

/** Body of `POST authentication/…`. */
export interface AuthenticationRequest {
  readonly relyingPartyUUID: string
  /** Compared to the letter, and signed. */
  readonly relyingPartyName: string
  readonly certificateLevel: Level
  readonly signatureProtocol: typeof PROTOCOL
  readonly signatureProtocolParameters: {
    /** 32 to 64 random bytes, base64. */
    readonly rpChallenge: string
    readonly signatureAlgorithm: typeof ALGORITHM
    readonly signatureAlgorithmParameters: { readonly hashAlgorithm: Hash }
  }
  /** Interaction[] as JSON, base64; this very text is hashed and signed. */
  readonly interactions: string
  /** Of device links that an app opens: where it sends the browser afterwards. */
  readonly initialCallbackUrl?: string
  /** Of notifications. */
  readonly vcType?: 'numeric4'
}

/** Answer to `POST authentication/device-link/…`. */
export interface DeviceLinkSession {
  readonly sessionID: string
  /** Public: it stands in the link. */
  readonly sessionToken: string
  /** base64; never leaves the server. */
  readonly sessionSecret: string
  readonly deviceLinkBase: string
}

/** Answer to `POST authentication/notification/…`. */
export interface NotificationSession {
  readonly sessionID: string
}

/** Answer to `GET session/{sessionID}`, as far as authentication goes; members that are not named here may come along. */
export interface SessionStatus {
  readonly state: 'RUNNING' | 'COMPLETE'
  readonly result?: {
    readonly endResult: string
    readonly documentNumber?: string
    readonly details?: { readonly interaction?: string }
  }
  readonly signatureProtocol?: string
  readonly signature?: {
    /** base64 */
    readonly value: string
    readonly serverRandom: string
    /** base64url of a SHA-256 digest. */
    readonly userChallenge: string
    readonly flowType: string
    readonly signatureAlgorithm: string
    readonly signatureAlgorithmParameters: {
      readonly hashAlgorithm: string
      readonly maskGenAlgorithm: { readonly algorithm: string; readonly parameters: { readonly hashAlgorithm: string } }
      readonly saltLength: number
      readonly trailerField: string
    }
  }
  readonly cert?: {
    /** DER, base64. */
    readonly value: string
    readonly certificateLevel: string
  }
  readonly interactionTypeUsed?: string
  readonly ignoredProperties?: readonly string[]
}

/** Query members that the app adds to `initialCallbackUrl`. */
export interface CallbackMembers {
  readonly sessionSecretDigest: string
  readonly userChallengeVerifier: string
}

/** RFC 9457. */
export interface ProblemDetails {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly errors?: readonly { readonly code: string; readonly detail?: string; readonly paramName?: string }[]
}
