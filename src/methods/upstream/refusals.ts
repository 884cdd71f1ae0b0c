import type { TroubleCode } from '../../identity/trouble.ts'

// Every way in which a sign-in by an outside service can end without anybody let in: its word in the audit, and what the
// person is told. Where telling more would help an attacker it is PRT-2305.

interface Line {
  readonly trouble: TroubleCode
  /** For the help desk: what was found. */
  readonly says: string
}

const table = {
  'refused-there': { trouble: 'PRT-2301', says: 'the person refused in the app, or closed it' },
  'no-question': { trouble: 'PRT-2302', says: 'nothing was asked in this sign-in, or it was answered already' },
  'other-question': { trouble: 'PRT-2302', says: 'the answer is to another question than the one that is open' },
  'too-late': { trouble: 'PRT-2302', says: 'the answer came more than ten minutes after the question' },
  'code-refused': { trouble: 'PRT-2302', says: 'the service does not take its code any more: late, or used' },
  unreachable: { trouble: 'PRT-2303', says: 'the service does not answer, or not in time' },
  unavailable: { trouble: 'PRT-2303', says: 'the service says that it can not just now (5xx, 429, server_error)' },
  'setup-unknown': { trouble: 'PRT-2303', says: "the service's discovery document is not usable, or another's" },
  'not-admitted': { trouble: 'PRT-2304', says: 'the service refuses us: client, secret, scope or address do not fit' },
  'other-service': {
    trouble: 'PRT-2305',
    says: 'the answer names another issuer (RFC 9207), or none where one is promised',
  },
  'answer-malformed': { trouble: 'PRT-2305', says: 'the answer with the tokens can not be read' },
  'no-id-token': { trouble: 'PRT-2305', says: 'tokens came without an ID token: nobody signed for who that is' },
  'id-token-malformed': { trouble: 'PRT-2305', says: 'the ID token is none, or of an algorithm that is not taken' },
  'unknown-key': { trouble: 'PRT-2305', says: 'the ID token names a key that the service does not publish' },
  signature: { trouble: 'PRT-2305', says: 'the signature of the ID token is wrong' },
  issuer: { trouble: 'PRT-2305', says: 'the ID token is of another issuer' },
  audience: { trouble: 'PRT-2305', says: 'the ID token is for somebody else (aud, azp)' },
  expired: { trouble: 'PRT-2305', says: 'the ID token has expired, or is not valid yet' },
  'not-new': { trouble: 'PRT-2305', says: 'the ID token was made before our question' },
  'not-fresh': { trouble: 'PRT-2305', says: 'the person had proved themselves there before our question (auth_time)' },
  nonce: { trouble: 'PRT-2305', says: 'the ID token has not our nonce' },
  'access-token': { trouble: 'PRT-2305', says: 'the access token is not the one of the ID token (at_hash)' },
  'no-person': { trouble: 'PRT-2305', says: 'the ID token has no person code where the settings look for it' },
  'not-a-code': { trouble: 'PRT-2305', says: 'what stands there is no person code of the scheme' },
  'level-unknown': { trouble: 'PRT-2306', says: 'the level is not stated, or not in the table of the settings' },
} as const satisfies Record<string, Line>

export type UpstreamRefusal = keyof typeof table
export const UPSTREAM_REFUSALS: Readonly<Record<UpstreamRefusal, Line>> = table
export const isUpstreamRefusal = (word: string): word is UpstreamRefusal => Object.hasOwn(table, word)

export interface Refused {
  readonly ok: false
  readonly code: UpstreamRefusal
}
export const refused = (code: UpstreamRefusal): Refused => ({ ok: false, code })
