import { constants, hash, type KeyObject, verify } from 'node:crypto'
import type { Hash, SessionStatus } from './wire.ts'

// What a telephone signs at a sign-in (RP API 3, "ACSP_V2"): who asked, with which challenge and words, how the request
// came, and a challenge of the app's own that only its callback can open.

export interface Signed {
  readonly schemeName: string
  readonly rpName: string
  readonly brokeredRpName?: string
  /** base64, as they were sent. */
  readonly rpChallenge: string
  readonly interactions: string
  /** As it was sent. */
  readonly callback?: string | undefined
}

type Signature = NonNullable<SessionStatus['signature']>

/** RSASSA-PSS: the salt is as long as the hash. */
const KINDS: Readonly<Record<Hash, { readonly name: string; readonly length: number }>> = {
  'SHA-256': { name: 'sha256', length: 32 },
  'SHA-384': { name: 'sha384', length: 48 },
  'SHA-512': { name: 'sha512', length: 64 },
  'SHA3-256': { name: 'sha3-256', length: 32 },
  'SHA3-384': { name: 'sha3-384', length: 48 },
  'SHA3-512': { name: 'sha3-512', length: 64 },
}

export function acspPayload(
  asked: Signed,
  given: Pick<Signature, 'serverRandom' | 'userChallenge' | 'flowType'> & { readonly interactionTypeUsed: string },
): string {
  const sameDevice = given.flowType === 'Web2App' || given.flowType === 'App2App'
  return [
    asked.schemeName,
    'ACSP_V2',
    given.serverRandom,
    asked.rpChallenge,
    given.userChallenge,
    base64(asked.rpName),
    base64(asked.brokeredRpName ?? ''),
    hash('sha256', asked.interactions, 'base64'),
    given.interactionTypeUsed,
    sameDevice ? (asked.callback ?? '') : '',
    given.flowType,
  ].join('|')
}

/** Whether the algorithm and its parameters are those that were asked for: no other hash, salt, mask or trailer. */
export function asAsked(signature: Signature, wanted: Hash): boolean {
  const { signatureAlgorithm, signatureAlgorithmParameters: given } = signature
  const { maskGenAlgorithm: mask } = given
  return (
    signatureAlgorithm === 'rsassa-pss' &&
    given.hashAlgorithm === wanted &&
    mask.algorithm === 'id-mgf1' &&
    mask.parameters.hashAlgorithm === wanted &&
    given.saltLength === KINDS[wanted].length &&
    given.trailerField === '0xbc'
  )
}

/** @param value base64 */
export function signatureFits(payload: string, value: string, wanted: Hash, key: KeyObject): boolean {
  const { name, length } = KINDS[wanted]
  try {
    const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: length }
    return verify(name, Buffer.from(payload), options, Buffer.from(value, 'base64'))
  } catch {
    return false // a key that is not RSA
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
