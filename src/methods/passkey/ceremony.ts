import { hash } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Json } from '../../identity/json.ts'
import type { PasskeyRefusal } from './refusals.ts'

// The two ceremonies of WebAuthn (Level 3, §7.1 and §7.2) as this service holds them: what the browser is asked, and
// whether its answer is to be believed. Looks itself at everything that decides for whom an answer was made (the kind,
// the challenge, the origin, the service, the person's verification), so that each has its own word in the audit; the
// library reads the bytes and verifies the signatures, and is loaded when the first answer comes. Remembers nothing:
// single use is the method's and the enrolment's.

/** EdDSA, ES256, RS256 (IANA COSE): what authenticators of today have. */
const ALGORITHMS = [-8, -7, -257]

export type Disbelief = Exclude<PasskeyRefusal, 'unknown' | 'other-holder' | 'unknown-question' | 'counted-back'>

export type Believed<What> = ({ readonly ok: true } & What) | { readonly ok: false; readonly because: Disbelief }

export interface Registered {
  readonly id: Buffer
  readonly publicKey: Buffer
  readonly counter: number
  readonly deviceBound: boolean
  readonly backedUp: boolean
  readonly aaguid: string
  readonly transports: readonly string[]
}

export interface Asserted {
  readonly counter: number
  readonly backedUp: boolean
}

/** What an answer names, before any of it is believed. */
export interface Named {
  readonly id: Buffer
  /** base64url. */
  readonly challenge: string
  readonly handle?: Buffer
}

export interface Key {
  readonly id: Buffer
  readonly publicKey: Buffer
  readonly deviceBound: boolean
}

export interface NewKey {
  readonly challenge: string
  readonly handle: Buffer
  /** Both are shown by the person's own device beside the key. */
  readonly name: string
  readonly displayName: string
  /** Ids of those that they have: a device that holds one of them makes no second. */
  readonly have: readonly Buffer[]
}

export interface Ceremony {
  /** PublicKeyCredentialRequestOptionsJSON: no list of credentials, so that whoever has a passkey here is offered it. */
  requestOptions(challenge: string): Json
  /** PublicKeyCredentialCreationOptionsJSON. */
  creationOptions(wish: NewKey): Json
  /** @param answer JSON as the browser's `toJSON` made it. */
  named(answer: string): Named | undefined
  asserted(answer: string, challenge: string, key: Key): Promise<Believed<Asserted>>
  registered(answer: string, challenge: string): Promise<Believed<Registered>>
}

export interface Settings {
  /** The issuer's host name. */
  readonly service: string
  /** Scheme, host and port that browsers show. */
  readonly origin: string
  /** In milliseconds, for the browser's own patience. */
  readonly life: number
}

export function openCeremony({ service, origin, life }: Settings): Ceremony {
  /** @returns the word for what an answer was made for, where that is not us, this question, this person. */
  function elsewhere(client: ClientData, data: Buffer, kind: string, challenge: string): Disbelief | undefined {
    if (client.type !== kind) return 'other-ceremony'
    if (client.challenge !== challenge) return 'other-challenge'
    // In a frame of another site the person can't see whose page asks.
    if (client.origin !== origin || client.crossOrigin || client.topOrigin !== undefined) return 'other-origin'
    if (data.length < 37) return 'malformed'
    if (!hashOf(service).equals(data.subarray(0, 32))) return 'other-service'
    const flags = data[32]!
    return (flags & PRESENT) !== 0 && (flags & VERIFIED) !== 0 ? undefined : 'not-verified'
  }

  return {
    requestOptions: (challenge) => ({ challenge, rpId: service, timeout: life, userVerification: 'required' }),
    creationOptions: ({ challenge, handle, name, displayName, have }) => ({
      challenge,
      rp: { id: service, name: 'Pratu' },
      user: { id: handle.toString('base64url'), name, displayName },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: life,
      excludeCredentials: have.map((id) => ({ type: 'public-key', id: id.toString('base64url') })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    }),
    named(text) {
      const answer = read(text)
      const client = answer && clientDataOf(answer.response)
      if (!answer || !client) return undefined
      const { userHandle } = answer.response
      return {
        id: Buffer.from(answer.id, 'base64url'),
        challenge: client.challenge,
        ...(typeof userHandle === 'string' && userHandle !== '' && { handle: Buffer.from(userHandle, 'base64url') }),
      }
    },
    async asserted(text, challenge, key) {
      const answer = read(text)
      const client = answer && clientDataOf(answer.response)
      const { authenticatorData } = answer?.response ?? {}
      if (!answer || !client || typeof authenticatorData !== 'string') return { ok: false, because: 'malformed' }
      const data = Buffer.from(authenticatorData, 'base64url')
      const because = elsewhere(client, data, 'webauthn.get', challenge)
      if (because) return { ok: false, because }
      // A key that could not leave its device and now can is another key than the one that was seen (§7.2, 18).
      if (((data[32]! & ELIGIBLE) === 0) !== key.deviceBound) return { ok: false, because: 'not-bound-as-before' }
      const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
      const checked = await verifyAuthenticationResponse({
        response: answer as unknown as AuthenticationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: service,
        // The count is compared where it is written: two answers at once must not both pass.
        credential: { id: answer.id, publicKey: bytesOf(key.publicKey), counter: 0 },
      }).catch(() => undefined)
      if (!checked) return { ok: false, because: 'malformed' }
      if (!checked.verified) return { ok: false, because: 'signature' }
      const { newCounter: counter, credentialBackedUp: backedUp } = checked.authenticationInfo
      return { ok: true, counter, backedUp }
    },
    async registered(text, challenge) {
      const answer = read(text)
      const client = answer && clientDataOf(answer.response)
      const { attestationObject } = answer?.response ?? {}
      if (!answer || !client || typeof attestationObject !== 'string') return { ok: false, because: 'malformed' }
      const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
      const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
      const data = attempt(() => decodeAttestationObject(bytesOf(Buffer.from(attestationObject, 'base64url'))))
      if (!data) return { ok: false, because: 'malformed' }
      const because = elsewhere(client, Buffer.from(data.get('authData')), 'webauthn.create', challenge)
      if (because) return { ok: false, because }
      const checked = await verifyRegistrationResponse({
        response: answer as unknown as RegistrationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: service,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch(() => undefined)
      if (!checked) return { ok: false, because: 'malformed' }
      if (!checked.verified) return { ok: false, because: 'signature' }
      const { credential, credentialDeviceType, credentialBackedUp, aaguid } = checked.registrationInfo
      const id = Buffer.from(credential.id, 'base64url')
      // What the browser calls it and what the authenticator signed must be one.
      if (credential.id !== answer.id || id.length < 16 || id.length > 1023) return { ok: false, because: 'malformed' }
      return {
        ok: true,
        id,
        publicKey: Buffer.from(credential.publicKey),
        counter: credential.counter,
        deviceBound: credentialDeviceType === 'singleDevice',
        backedUp: credentialBackedUp,
        aaguid,
        transports: transportsOf(answer.response.transports),
      }
    },
  }
}

const PRESENT = 0x01
const VERIFIED = 0x04
const ELIGIBLE = 0x08

const hashOf = (text: string): Buffer => hash('sha256', text, 'buffer')

const bytesOf = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)

interface Answer {
  /** base64url. */
  readonly id: string
  readonly response: Readonly<Record<string, unknown>>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

function read(text: string): Answer | undefined {
  const answer = attempt((): unknown => JSON.parse(text))
  if (!isRecord(answer) || !isRecord(answer.response)) return undefined
  const { id, rawId, type, response } = answer
  const sound = typeof id === 'string' && /^[\w-]{1,1400}$/.test(id) && rawId === id && type === 'public-key'
  // Only what the ceremonies name: nothing else of what was sent is ever looked at.
  return sound ? ({ id, rawId, type, response, clientExtensionResults: {} } as Answer) : undefined
}

interface ClientData {
  readonly type: unknown
  readonly challenge: string
  readonly origin: unknown
  readonly crossOrigin: boolean
  readonly topOrigin: unknown
}

function clientDataOf({ clientDataJSON }: Answer['response']): ClientData | undefined {
  if (typeof clientDataJSON !== 'string') return undefined
  const data = attempt((): unknown => JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8')))
  if (!isRecord(data) || typeof data.challenge !== 'string') return undefined
  const { type, challenge, origin, crossOrigin, topOrigin } = data
  return { type, challenge, origin, crossOrigin: crossOrigin !== undefined && crossOrigin !== false, topOrigin }
}

/** Ways to reach an authenticator, as browsers name them; new ones may come, long lists don't. */
function transportsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.filter((one): one is string => typeof one === 'string' && /^[a-z-]{1,32}$/.test(one)).slice(0, 8)
}
