import { type Certificate, readCertificate } from '../../formats/certificate.ts'
import {
  type CertId,
  isSameCertId,
  keyHashOf,
  type OcspAnswer,
  type OcspResponse,
  readOcspResponse,
} from '../../formats/ocsp.ts'
import { isSigned } from '../../formats/signature-algorithm.ts'
import { signs } from './path.ts'
import type { CardRefusalCode } from './verdict.ts'
import { weakKey } from './weak-keys.ts'

// Whether an answer about a card may be believed (RFC 6960 §3.2). Signed by the issuer itself, by whom the issuer has
// appointed by its own hand, or by the pinned certificate: a responder of another trusted CA says nothing here.

export interface Asked {
  readonly certId: CertId
  /** As the request had it; absent where the responder is known not to answer with one. */
  readonly nonce?: Buffer
  /** The CA that issued the card. */
  readonly issuer: Certificate
  readonly pinned?: Certificate
  /** Epoch milliseconds. */
  readonly now: number
  /** How many milliseconds old the answer may be; two minutes unless said. */
  readonly age?: number
}

/** Milliseconds by which a responder's clock may be before ours, and for which an answer is still taken after its end. */
const SKEW = 15 * 60_000
/** Estonian responders give no nextUpdate, so that freshness is judged by thisUpdate. */
const AGE = 2 * 60_000

export type OcspVerdict =
  | { readonly good: true; readonly thisUpdate: number }
  | {
      readonly good: false
      readonly because: CardRefusalCode
      readonly detail: string
      /** Whose doing it is: the card's, the responder's, or the question's (which speaks neither for nor against it). */
      readonly by: 'card' | 'responder' | 'question'
    }

type No = OcspVerdict & { readonly good: false }

const OID_OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

/** Judges one answer's bytes. Holds the certificates that responders send along: every answer brings the same ones. */
export type JudgeOcsp = (bytes: Buffer, asked: Asked) => OcspVerdict

export function openOcspJudge(): JudgeOcsp {
  const known = openResponders()
  return (bytes, asked) => {
    const response = readOcspResponse(bytes)
    if (response === undefined) return no('ocsp-malformed', 'not a basic OCSP response')
    if (response.status !== 'successful') return failed(response.status)
    const { answer } = response
    const [single, ...others] = answer.responses
    if (single === undefined || others.length > 0)
      return no('ocsp-malformed', `${answer.responses.length} certificates in the answer, one was asked about`)
    if (!single.certId || !isSameCertId(single.certId, asked.certId))
      return no('ocsp-malformed', 'the answer is about another certificate')
    if (answer.strange) return no('ocsp-malformed', 'a critical extension that is not understood')
    const signer = signerOf(answer, asked, known)
    if (typeof signer === 'string') return no('ocsp-wrong-signer', signer)
    if (!isSigned(answer.data, answer.algorithm, answer.signature, signer.x509.publicKey))
      return no('ocsp-wrong-signer', "the signature is not the responder's, or not by an accepted algorithm")
    if (asked.nonce && !answer.nonce?.equals(asked.nonce))
      return no('ocsp-wrong-nonce', answer.nonce ? 'another nonce came back' : 'no nonce came back')
    const stale = staleness(single, asked)
    if (stale !== undefined) return no('ocsp-stale', stale)
    if (single.status === 'revoked') return no('revoked', 'revoked', 'card')
    if (single.status === 'unknown') return no('ocsp-unknown', 'unknown to the responder', 'card')
    return { good: true, thisUpdate: single.thisUpdate }
  }
}

const no = (because: CardRefusalCode, detail: string, by: No['by'] = 'responder'): No => ({
  good: false,
  because,
  detail,
  by,
})

function failed(status: Exclude<OcspResponse['status'], 'successful'>): No {
  if (status === 'try-later' || status === 'internal-error') return no('ocsp-try-later', `the responder says ${status}`)
  // What a responder says of a certificate that it has nothing to say about.
  return no('ocsp-malformed', `the responder says ${status}`, 'question')
}

function staleness(
  { thisUpdate, nextUpdate }: OcspAnswer['responses'][number],
  { now, age = AGE }: Asked,
): string | undefined {
  if (thisUpdate > now + SKEW) return 'thisUpdate lies in the future'
  if (thisUpdate < now - age) return `thisUpdate is ${Math.round((now - thisUpdate) / 1000)} seconds old`
  if (nextUpdate !== undefined && nextUpdate < thisUpdate) return 'nextUpdate lies before thisUpdate'
  if (nextUpdate !== undefined && nextUpdate < now - SKEW) return 'nextUpdate has passed'
  return undefined
}

/** Who has signed, or why nobody who may. The signature itself is checked by the caller. */
function signerOf({ responder, certificates }: OcspAnswer, asked: Asked, known: Responders): Certificate | string {
  const { issuer, pinned, now } = asked
  // A certificate that every answer would bring along may be left out of it: ours is at hand.
  const candidates = [...certificates.map((der) => known.read(der)), pinned ?? issuer]
  const strange = candidates.find((each) => typeof each === 'string')
  if (typeof strange === 'string') return strange
  const signer = candidates.find((each) => typeof each !== 'string' && names(responder, each))
  if (signer === undefined || typeof signer === 'string') return 'none of its certificates is the one it names'
  if (now < signer.notBefore || now > signer.notAfter) return "the responder's certificate is not valid now"
  if (pinned) return signer.der.equals(pinned.der) ? signer : 'not the responder that is configured'
  const isIssuer = signer.subjectDer.equals(issuer.subjectDer) && signer.publicKeyBytes.equals(issuer.publicKeyBytes)
  if (isIssuer) return signer
  if (!signer.issuerDer.equals(issuer.subjectDer)) return 'the responder was appointed by another CA'
  if (!signer.extendedKeyUsage?.includes(OID_OCSP_SIGNING)) return 'the responder is not appointed for OCSP'
  if (signer.keyUsage && !signer.keyUsage.has('digitalSignature')) return "the responder's key is not for signing"
  // Else its own revocation would have to be asked about, of a service that nobody has named.
  if (!signer.noCheck) return 'the responder has no id-pkix-ocsp-nocheck'
  return known.isIssuedBy(signer, issuer) ? signer : 'the responder names the issuer but was not signed by it'
}

function names(responder: OcspAnswer['responder'], certificate: Certificate): boolean {
  return 'name' in responder
    ? responder.name.equals(certificate.subjectDer)
    : responder.keyHash.equals(keyHashOf(certificate))
}

interface Responders {
  /** A sentence for what can't be a responder's. */
  read(der: Buffer): Certificate | string
  isIssuedBy(certificate: Certificate, issuer: Certificate): boolean
}

/** Bounded, as anybody who answers may send anything. */
const MOST = 32

function openResponders(): Responders {
  const read = new Map<string, Certificate | string>()
  const issued = new WeakMap<Certificate, WeakMap<Certificate, boolean>>()
  return {
    read(der) {
      const text = der.toString('latin1')
      const before = read.get(text)
      if (before !== undefined) return before
      const certificate = judged(readCertificate(der))
      if (read.size >= MOST) read.delete(read.keys().next().value!)
      read.set(text, certificate)
      return certificate
    },
    isIssuedBy(certificate, issuer) {
      const by = issued.get(certificate) ?? new WeakMap<Certificate, boolean>()
      issued.set(certificate, by)
      const verdict = by.get(issuer) ?? signs(issuer, certificate)
      by.set(issuer, verdict)
      return verdict
    },
  }
}

function judged(certificate: Certificate | undefined): Certificate | string {
  if (certificate === undefined) return 'a certificate in the answer is none'
  if (weakKey(certificate) !== undefined) return 'a certificate in the answer has a weak key'
  const strange = certificate.unknownCritical.length > 0
  return strange ? 'a certificate in the answer has a critical extension that is not understood' : certificate
}
