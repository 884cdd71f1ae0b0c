import { createPrivateKey, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import type { HashType, SessionStatus } from '../../methods/mobile-id/wire.ts'
import type { Clock } from '../../platform/clock.ts'
import type { CardAuthority, Certified } from '../cards/authority.ts'
import { type Contents, makeCertificate, PURPOSES, type Subject } from '../cards/certificate.ts'
import type { Forged } from './behaviours.ts'

// The SIMs of the demo's telephones: a key each, its certificate by the demo's CA, made when it is first asked to sign. What
// a SIM signs is right unless it is told to cheat. Knows nothing of how the service checks it.

export interface Holder {
  readonly scheme: string
  readonly code: string
  readonly given?: string | undefined
  readonly family?: string | undefined
  readonly phone: string
  readonly key?: 'rsa'
}

export interface Sims {
  sign(holder: Holder, hash: Buffer, hashType: HashType, how?: Forged): Pick<SessionStatus, 'signature' | 'cert'>
}

interface Sim extends Certified {
  readonly key: KeyObject
}

/** Invented, as the cards' are. */
export const POLICY = '2.999.1.3'
const DAY = 86_400_000
const YEAR = 365 * DAY
const DIGEST_INFO: Readonly<Record<HashType, string>> = {
  SHA256: '3031300d060960864801650304020105000420',
  SHA384: '3041300d060960864801650304020205000430',
  SHA512: '3051300d060960864801650304020305000440',
}

export function openSims({
  authority,
  clock,
}: {
  readonly authority: Pick<CardAuthority, 'certify' | 'revoke' | 'issuing'>
  readonly clock: Clock
}): Sims {
  const made = new Map<string, Sim>()
  const last = new Map<string, Pick<SessionStatus, 'signature' | 'cert'>>()

  function simOf(holder: Holder, how?: Forged): Sim {
    const name = `${holder.phone} ${how === undefined || SAME_SIM.includes(how) ? '' : how}`
    const known = made.get(name)
    if (known) return known
    const sim = make(holder, how)
    made.set(name, sim)
    return sim
  }

  function make(holder: Holder, how?: Forged): Sim {
    const { publicKey, privateKey } =
      holder.key === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const now = clock.now()
    const contents: Omit<Contents, 'serial'> = {
      subject: subjectOf(how === 'wrong-person' ? SOMEBODY_ELSE : holder),
      publicKey,
      notBefore: how === 'expired' ? now - 6 * YEAR : how === 'not-yet-valid' ? now + DAY : now - YEAR,
      notAfter: how === 'expired' ? now - DAY : now + 4 * YEAR,
      keyUsage: [how === 'for-documents' ? 'nonRepudiation' : 'digitalSignature'],
      policies: [how === 'other-policy' ? '2.999.1.1' : POLICY],
      ...(how === 'with-purpose' && { extendedKeyUsage: [PURPOSES.clientAuth] }),
    }
    const certified = how === 'unknown-ca' ? byNobody(contents) : authority.certify(contents)
    if (how === 'revoked') authority.revoke(certified.serial)
    return { ...certified, key: privateKey }
  }

  /** Of a CA with the same name and another key. */
  function byNobody(contents: Omit<Contents, 'serial'>): Certified {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const issuer = { subject: authority.issuing.subject, key: privateKey }
    return { certificate: makeCertificate({ ...contents, serial: Buffer.from('4001', 'hex') }, issuer), serial: '4001' }
  }

  return {
    sign(holder, hash, hashType, how) {
      const before = last.get(holder.phone)
      if (how === 'replay' && before) return before
      const sim = simOf(holder, how)
      const key = how === 'wrong-key' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : sim.key
      const bytes = how === 'another-hash' ? Buffer.from(hash).reverse() : hash
      const kind = key.asymmetricKeyType === 'rsa' ? 'RSA' : 'EC'
      const value =
        kind === 'RSA' ? byRsa(bytes, hashType, key) : how === 'der-signature' ? asDer(bytes, key) : byEc(bytes, key)
      const answer = {
        ...(how !== 'no-signature' && {
          signature: {
            value: value.toString('base64'),
            algorithm: `${how === 'other-algorithm' ? 'SHA512' : hashType}With${kind}Encryption`,
          },
        }),
        cert: sim.certificate.toString('base64'),
      }
      if (how === undefined) last.set(holder.phone, answer)
      return answer
    },
  }
}

/** These need no SIM of their own. */
const SAME_SIM: readonly Forged[] = [
  'wrong-key',
  'another-hash',
  'der-signature',
  'other-algorithm',
  'replay',
  'no-signature',
]

const SOMEBODY_ELSE = { scheme: 'EE', code: '38001085718', given: 'KENJI', family: 'PRØVE' }

/** In the manner of EID-Q: the given name first. */
function subjectOf({ scheme, code, given, family }: Omit<Holder, 'phone'>): Subject {
  return [
    ['C', scheme],
    ['CN', [given, family].filter(Boolean).join(',')],
    ...(family ? [['SN', family] as const] : []),
    ...(given ? [['GN', given] as const] : []),
    ['serialNumber', `PNO${scheme}-${code}`],
  ]
}

/** r and s behind each other, over the hash as it is. */
function byEc(hash: Buffer, key: KeyObject): Buffer {
  const secret = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url')
  return Buffer.from(p256.sign(hash, secret, { prehash: false, lowS: false, format: 'compact' }))
}

function asDer(hash: Buffer, key: KeyObject): Buffer {
  return sign('sha256', hash, createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' })))
}

const byRsa = (hash: Buffer, hashType: HashType, key: KeyObject): Buffer =>
  privateEncrypt(key, Buffer.concat([Buffer.from(DIGEST_INFO[hashType], 'hex'), hash]))
