import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Owner } from '../phones/phones.ts'
import type { Oddity } from './odd.ts'

// The ID token of the simulator, right and wrong. Made by hand, for a library would refuse to make half of them.

export interface Signer {
  readonly kid: string
  readonly key: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

export function newSigner(kid: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, key: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } }
}

export interface About {
  readonly issuer: string
  readonly client: { readonly id: string; readonly secret: string }
  readonly owner: Owner
  readonly ial: string
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  readonly accessToken: string
  /** Epoch seconds. */
  readonly now: number
  /** When the person confirmed. */
  readonly proved: number
}

const DAY = 86_400
const LIVES = 300

export function idToken(about: About, signer: Signer, odd: Oddity | undefined): string {
  const { now } = about
  const issued = odd === 'of-tomorrow' ? now + DAY : odd === 'of-yesterday' ? now - DAY : now
  const claims = {
    iss: odd === 'other-issuer' ? `${about.issuer}x` : about.issuer,
    aud: audienceOf(about, odd),
    ...(odd === 'other-party' && { azp: 'another-client' }),
    // As it is reported of ThaID: the person's number itself.
    sub: about.owner.code,
    iat: issued,
    exp: odd === 'over' ? now - LIVES : now + (odd === 'of-tomorrow' ? 2 * DAY : LIVES),
    auth_time: odd === 'proved-long-ago' ? now - DAY : about.proved,
    at_hash: halfHash(odd === 'other-access-token' ? 'another' : about.accessToken),
    version: '2.0',
    // The manual knows no nonce.
    ...(odd === 'nonce' && { nonce: about.nonce }),
    ...(odd === 'other-nonce' && { nonce: 'of-another-question' }),
    ...claimsOf(about, odd),
  }
  return signed(claims, signer, about.client.secret, odd)
}

function audienceOf({ client }: About, odd: Oddity | undefined): string | string[] {
  if (odd === 'other-audience') return 'another-client'
  return odd === 'more-audiences' ? [client.id, 'another-client'] : client.id
}

/** What the scopes name; each is a claim's name too. */
export function claimsOf({ owner, ial, scopes }: Pick<About, 'owner' | 'ial' | 'scopes'>, odd: Oddity | undefined) {
  const known: Record<string, string | undefined> = {
    pid: odd === 'no-person' ? undefined : odd === 'no-such-person' ? '1999900001011' : owner.code,
    given_name: owner.given_name,
    family_name: owner.family_name,
    name: [owner.given_name, owner.family_name].filter(Boolean).join(' '),
    ial: odd === 'no-level' ? undefined : ial,
  }
  return Object.fromEntries(scopes.flatMap((scope) => (known[scope] === undefined ? [] : [[scope, known[scope]]])))
}

function signed(claims: object, signer: Signer, secret: string, odd: Oddity | undefined): string {
  const alg = odd === 'unsigned' ? 'none' : odd === 'signed-by-our-secret' ? 'HS256' : 'ES256'
  const kid = odd === 'unknown-key' ? 'nobodys' : signer.kid
  const parts = [{ alg, kid, typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const text = parts.join('.')
  if (odd === 'unsigned') return `${text}.`
  if (odd === 'signed-by-our-secret') return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  const { key } = odd === 'other-key' ? newSigner(signer.kid) : signer
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  return `${text}.${odd === 'cut-off' ? signature.slice(0, 40) : signature}`
}

const halfHash = (token: string): string =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
