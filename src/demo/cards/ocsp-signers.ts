import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { type Issuer, makeCertificate, PURPOSES } from './certificate.ts'

// Who signs the answers of a responder: one whom the CA has charged with it, and those who must not be believed.

export interface Signer {
  readonly key: KeyObject
  /** DER; what is sent along with an answer. */
  readonly certificates: readonly Buffer[]
}

export const SIGNERS = ['usual', 'the-ca', 'forged', 'without-purpose', 'expired'] as const
export type SignerName = (typeof SIGNERS)[number]

export interface Needs {
  readonly authority: Issuer & { readonly certificate: Buffer }
  readonly clock: Clock
  readonly random: Random
}

const DAY = 86_400_000
/** id-pkix-ocsp-nocheck: the CA vouches for its responder until the certificate ends (RFC 6960 §4.2.2.2.1). */
const NO_CHECK = { oid: '1.3.6.1.5.5.7.48.1.5', critical: false, der: Buffer.of(5, 0) }

/** Made when first asked for, good for a year from then. */
export function openSigners({ authority, clock, random }: Needs): (name: SignerName) => Signer {
  const made = new Map<SignerName, Signer>()

  function make(name: SignerName): Signer {
    if (name === 'the-ca') return { key: authority.key, certificates: [authority.certificate] }
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    // A forger may take any name, but has not the CA's key.
    const issuer =
      name === 'forged'
        ? { ...authority, key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }
        : authority
    const now = clock.now()
    const certificate = makeCertificate(
      {
        subject: [
          ['C', 'TH'],
          ['O', 'Pratu demo'],
          ['CN', 'Demo OCSP responder'],
        ],
        publicKey,
        // A number that begins with zeros is not encoded as DER wants it, one in 256.
        serial: Buffer.concat([Buffer.of(0x40), random.bytes(7)]),
        notBefore: name === 'expired' ? now - 2 * DAY : now - DAY,
        notAfter: name === 'expired' ? now - DAY : now + 365 * DAY,
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: name === 'without-purpose' ? [PURPOSES.clientAuth] : [PURPOSES.ocspSigning],
        more: [NO_CHECK],
      },
      issuer,
    )
    return { key: privateKey, certificates: [certificate] }
  }

  return (name) => {
    const signer = made.get(name) ?? make(name)
    made.set(name, signer)
    return signer
  }
}
