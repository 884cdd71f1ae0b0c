import { hash } from 'node:crypto'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { type Refused, refused, type UpstreamRefusal } from './refusals.ts'
import { ALGORITHMS, type Upstream } from './upstream.ts'

// Whether an ID token is to be believed (OIDC Core §3.1.3.7), and nothing else: who that is stands in holder.ts.

/** Seconds by which the service's clock and ours may differ. */
const SKEW = 60

export interface Expected {
  readonly upstream: Pick<Upstream, 'issuer' | 'clientId' | 'nonce' | 'fresh'>
  readonly nonce: string
  /** When we asked, and now: epoch milliseconds. */
  readonly asked: number
  readonly now: number
  readonly accessToken?: string | undefined
}

export type Believed = { readonly ok: true; readonly claims: JWTPayload } | Refused

export async function verifyIdToken(token: string, keys: JSONWebKeySet, expected: Expected): Promise<Believed> {
  const { upstream, now } = expected
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      algorithms: [...ALGORITHMS],
      issuer: upstream.issuer,
      audience: upstream.clientId,
      currentDate: new Date(now),
      clockTolerance: SKEW,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    })
    const wrong = wrongIn(payload, expected)
    return wrong ? refused(wrong) : { ok: true, claims: payload }
  } catch (error) {
    return refused(codeOf(error))
  }
}

function wrongIn(claims: JWTPayload, expected: Expected): UpstreamRefusal | undefined {
  const { upstream, asked, now, accessToken } = expected
  const { aud, azp, iat = 0, auth_time: authTime, nonce, at_hash: atHash } = claims
  // Several audiences, or another authorized party: made for somebody else's use (steps 4 and 5).
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) return 'audience'
  if (azp !== undefined && azp !== upstream.clientId) return 'audience'
  if (iat * 1000 > now + SKEW * 1000) return 'expired'
  if (iat * 1000 < asked - SKEW * 1000) return 'not-new'
  if (upstream.fresh && authTime !== undefined && !(Number(authTime) * 1000 >= asked - SKEW * 1000)) return 'not-fresh'
  if (nonce === undefined ? upstream.nonce === 'always' : nonce !== expected.nonce) return 'nonce'
  if (atHash !== undefined && (accessToken === undefined || atHash !== halfHash(accessToken))) return 'access-token'
  return undefined
}

/** OIDC Core §3.1.3.6; all our algorithms are over SHA-256. */
const halfHash = (token: string): string => hash('sha256', token, 'buffer').subarray(0, 16).toString('base64url')

function codeOf(error: unknown): UpstreamRefusal {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'iss'
      ? 'issuer'
      : error.claim === 'aud'
        ? 'audience'
        : error.claim === 'nbf'
          ? 'expired'
          : 'id-token-malformed'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'unknown-key'
  return 'id-token-malformed'
}
