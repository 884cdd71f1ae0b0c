// The Mobile-ID REST API as it is written on the wire: names and shapes, nothing that could be wrong together on both
// sides. The client checks what comes, and the demonstration's service what it is sent, each by itself.

export const HASH_TYPES = ['SHA256', 'SHA384', 'SHA512'] as const
export type HashType = (typeof HASH_TYPES)[number]

/** In which the telephone speaks around the text that it shows. */
export const LANGUAGES = ['EST', 'ENG', 'RUS', 'LIT'] as const
export type PhoneLanguage = (typeof LANGUAGES)[number]

export type DisplayTextFormat = 'GSM-7' | 'UCS-2'

/** Body of `POST authentication`. */
export interface AuthenticationRequest {
  /** Compared to the letter. */
  readonly relyingPartyUUID: string
  readonly relyingPartyName: string
  /** `+` and digits. */
  readonly phoneNumber: string
  /** Without country: `60001019906`. */
  readonly nationalIdentityNumber: string
  /** base64, exactly as long as `hashType` makes it. */
  readonly hash: string
  readonly hashType: HashType
  readonly language: PhoneLanguage
  readonly displayText?: string
  /** `GSM-7` where it is absent. */
  readonly displayTextFormat?: DisplayTextFormat
}

/** Answer to `POST authentication`. */
export interface Session {
  readonly sessionID: string
}

/** `OK` aside, every way in which a session can end; what is not here is a failure too. */
export const FAILURES = [
  'TIMEOUT',
  'NOT_MID_CLIENT',
  'USER_CANCELLED',
  'SIGNATURE_HASH_MISMATCH',
  'PHONE_ABSENT',
  'DELIVERY_ERROR',
  'SIM_ERROR',
  'EXPIRED_TRANSACTION',
] as const
export type Failure = (typeof FAILURES)[number]

/** Answer to `GET authentication/session/{sessionID}?timeoutMs=`; members that are not named here may come along. */
export interface SessionStatus {
  readonly state: 'RUNNING' | 'COMPLETE'
  readonly result?: string
  readonly signature?: {
    /** base64: r and s behind each other for EC, PKCS#1 for RSA. */
    readonly value: string
    /** `SHA256WithECEncryption` and its like. */
    readonly algorithm: string
  }
  /** DER, base64. */
  readonly cert?: string
}
