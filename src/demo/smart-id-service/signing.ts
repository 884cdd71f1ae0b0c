import { constants, createHash, type KeyObject, sign } from 'node:crypto'
import type { Hash, SessionStatus } from '../../methods/smart-id/wire.ts'
import type { Random } from '../../platform/random.ts'
import type { Account, Accounts, Odd } from './accounts.ts'
import type { Forgery } from './orders.ts'
import { type Session, shownOf } from './sessions.ts'

// What a telephone signs when its holder confirms, right or in one of the ways that must never be believed.

export interface Needs {
  readonly schemeName: string
  readonly accounts: Accounts
  readonly random: Random
}

export interface Confirmed {
  readonly status: SessionStatus
  /** What the app brings back into the browser. */
  readonly verifier: string
}

export interface Signing {
  confirm(session: Session, account: Account, forgery?: Forgery): Promise<Confirmed>
}

const NODE_NAMES: Readonly<Record<Hash, readonly [string, number]>> = {
  'SHA-256': ['sha256', 32],
  'SHA-384': ['sha384', 48],
  'SHA-512': ['sha512', 64],
  'SHA3-256': ['sha3-256', 32],
  'SHA3-384': ['sha3-384', 48],
  'SHA3-512': ['sha3-512', 64],
}

const ODD: Partial<Readonly<Record<Forgery, Odd>>> = {
  'basic-certificate': { level: 'ADVANCED' },
  'expired-certificate': { expired: true },
  'revoked-certificate': {},
  'unknown-certificate': {},
  'signing-certificate': { forSigningDocuments: true },
  'forged-certificate': { forged: true },
  'another-person': { owner: { scheme: 'EE', code: '60001019906', given: 'SOMEBODY', family: 'ELSE' } },
  'another-document': { document: 'PNOEE-10101010005-DEMO-Q' },
}

export function openSigning({ schemeName, accounts, random }: Needs): Signing {
  /** The answer of the sign-in before this one. */
  let last: SessionStatus | undefined

  async function confirm(session: Session, account: Account, forgery?: Forgery): Promise<Confirmed> {
    const odd = forgery && ODD[forgery]
    const { certificate, key, serial } = await accounts.issue(account, odd)
    if (forgery === 'revoked-certificate') accounts.setStatus(serial, 'revoked')
    if (forgery === 'unknown-certificate') accounts.setStatus(serial, 'unknown')
    const { request } = session
    const verifier = random.token(256)
    const asked = request.signatureProtocolParameters.signatureAlgorithmParameters.hashAlgorithm
    const hash: Hash = forgery === 'another-hash' ? (asked === 'SHA-256' ? 'SHA-512' : 'SHA-256') : asked
    const said = {
      scheme: forgery === 'signed-for-the-other-scheme' ? otherScheme(schemeName) : schemeName,
      serverRandom: random.bytes(18).toString('base64'),
      challenge:
        forgery === 'another-challenge'
          ? random.bytes(64).toString('base64')
          : request.signatureProtocolParameters.rpChallenge,
      userChallenge: createHash('sha256').update(verifier).digest('base64url'),
      name: forgery === 'another-name' ? 'SOMEBODY' : request.relyingPartyName,
      interactions: createHash('sha256').update(request.interactions).digest('base64'),
      interaction:
        forgery === 'another-interaction' ? 'confirmationMessageAndVerificationCodeChoice' : shownOf(session).type,
      flow: forgery === 'another-flow' ? 'App2App' : (session.flow ?? 'QR'),
    }
    const callback = said.flow === 'Web2App' || said.flow === 'App2App' ? (request.initialCallbackUrl ?? '') : ''
    const payload = `${said.scheme}|ACSP_V2|${said.serverRandom}|${said.challenge}|${said.userChallenge}|${Buffer.from(said.name).toString('base64')}||${said.interactions}|${said.interaction}|${callback}|${said.flow}`
    const value = signed(payload, hash, key)
    if (forgery === 'broken-signature') value[100]! ^= 1
    const salt = NODE_NAMES[hash][1]
    const status: SessionStatus = {
      state: 'COMPLETE',
      result: { endResult: 'OK', ...(forgery !== 'no-document' && { documentNumber: account.document }) },
      signatureProtocol: forgery === 'another-protocol' ? 'RAW_DIGEST_SIGNATURE' : 'ACSP_V2',
      signature: {
        value: value.toString('base64'),
        serverRandom: said.serverRandom,
        userChallenge: said.userChallenge,
        flowType: said.flow,
        signatureAlgorithm: 'rsassa-pss',
        signatureAlgorithmParameters: {
          hashAlgorithm: hash,
          maskGenAlgorithm: {
            algorithm: 'id-mgf1',
            parameters: { hashAlgorithm: forgery === 'another-mask' ? 'SHA-384' : hash },
          },
          saltLength: forgery === 'another-salt' ? salt - 1 : salt,
          trailerField: forgery === 'another-trailer' ? '0xcc' : '0xbc',
        },
      },
      cert: {
        value: forgery === 'no-certificate' ? 'AAAA' : certificate.toString('base64'),
        certificateLevel: forgery === 'basic-account' ? 'ADVANCED' : account.level,
      },
      interactionTypeUsed: said.interaction,
    }
    const replayed = forgery === 'replayed' ? last : undefined
    last = status
    return { status: replayed ?? status, verifier: forgery === 'another-verifier' ? random.token(256) : verifier }
  }

  return { confirm }
}

const otherScheme = (name: string): string => (name === 'smart-id' ? 'smart-id-demo' : 'smart-id')

function signed(payload: string, hash: Hash, key: KeyObject): Buffer {
  const [name, saltLength] = NODE_NAMES[hash]
  return sign(name, Buffer.from(payload), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}
