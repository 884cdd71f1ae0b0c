import { hash } from 'node:crypto'
import { type Certificate, readCertificate } from '../../formats/certificate.ts'
import type { Words } from '../../identity/language.ts'
import type { Proof } from '../../identity/proof.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'
import { type Needs as CertificateNeeds, judgeCertificate, type Somebody } from './certificate.ts'
import type { Word } from './refusals.ts'
import { checkSignature } from './signature.ts'
import type { HashType, SessionStatus } from './wire.ts'

// Whether an answer that says OK proves anything: the certificate first, as far as that costs nothing, then the signature,
// which no answer of another session has, then whether the certificate was revoked.

export interface Asked extends Somebody {
  /** As it was sent, base64. */
  readonly hash: string
  readonly hashType: HashType
}

export type Verdict =
  | { readonly ok: true; readonly proof: Proof }
  | { readonly ok: false; readonly word: Word; readonly reason?: Words }

export interface Needs extends CertificateNeeds {
  readonly revocation: {
    check(
      certificate: Certificate,
      issuer: Issuer,
    ): Promise<
      { readonly good: true; readonly evidence: string } | { readonly good: false; readonly because: CardRefusalCode }
    >
  }
}

/** @param status COMPLETE with `OK`. */
export async function judgeAnswer({ signature, cert }: SessionStatus, asked: Asked, needs: Needs): Promise<Verdict> {
  const certificate = cert === undefined ? undefined : readCertificate(Buffer.from(cert, 'base64'))
  if (!certificate || !signature) return { ok: false, word: 'certificate-malformed' }
  const judged = judgeCertificate(certificate, asked, needs)
  if (!judged.ok) return judged
  const sent = Buffer.from(asked.hash, 'base64')
  const signed = { value: Buffer.from(signature.value, 'base64'), algorithm: signature.algorithm }
  const verdict = checkSignature(sent, asked.hashType, signed, certificate.x509.publicKey)
  if (verdict !== 'right') return { ok: false, word: verdict }
  const revoked = await needs.revocation.check(certificate, judged.issuer)
  if (!revoked.good) return { ok: false, word: revoked.because }
  const { issuer, names, eResident } = judged
  const seen = [asked.hash, hash('sha256', certificate.der, 'hex'), signature.value, issuer.id, revoked.evidence]
  return {
    ok: true,
    proof: {
      method: 'mobile-id',
      scheme: asked.scheme,
      code: asked.code,
      assurance: issuer.assurance,
      // The SIM's key, its PIN, and the number compared over two channels (RFC 8176 §2).
      amr: ['hwk', 'pin', 'mca', 'mfa'],
      evidence: hash('sha256', `mobile-id|${seen.join('|')}`, 'base64url'),
      names,
      ...(eResident && { kind: 'e-resident' as const }),
    },
  }
}
