import type { Certificate } from '../../formats/certificate.ts'
import { type Assurance, lower } from '../../identity/assurance.ts'
import type { Words } from '../../identity/language.ts'
import { parsePersonId, type SchemeId } from '../../identity/person-id.ts'
import type { Clock } from '../../platform/clock.ts'
import { pathFrom } from '../certificates/path.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'
import { weakKey } from '../certificates/weak-keys.ts'
import type { AnswerWord } from './refusals.ts'
import type { Level } from './wire.ts'

// Whether the certificate of a Smart-ID answer is one of a person for signing in, at the level that was asked for: its
// profile (RP API 3, "Certificate profiles"), then the path to a configured issuer, then whether it was revoked.

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** Certificates since April 2025. */
const SMART_ID_AUTH = '1.3.6.1.4.1.62306.5.7.0'

/** Both must be there; the second is ETSI's NCP+ (EN 319 411-1 §5.3). */
const QUALIFIED = ['1.3.6.1.4.1.10015.17.2', '0.4.0.2042.1.2']
/** The second is the provider's older test CA's. */
const ADVANCED = ['1.3.6.1.4.1.10015.17.1', '1.3.6.1.4.1.10015.3.17.2']

export interface Holder {
  readonly scheme: SchemeId
  /** Canonical. */
  readonly code: string
  readonly names: { readonly given?: string; readonly family?: string }
}

export type Judged =
  | {
      readonly ok: true
      readonly issuer: Issuer
      /** What it proves: of its issuer's, a basic account at most `substantial`. */
      readonly assurance: Assurance
      readonly holder: Holder
      readonly evidence: string
    }
  | { readonly ok: false; readonly word: AnswerWord | CardRefusalCode; readonly reason?: Words }

export interface Needs {
  readonly issuers: readonly Issuer[]
  /** Test CAs issue to anybody: their certificates are refused. */
  readonly production: boolean
  readonly revocation: {
    check(
      card: Certificate,
      issuer: Issuer,
    ): Promise<
      { readonly good: true; readonly evidence: string } | { readonly good: false; readonly because: CardRefusalCode }
    >
  }
  readonly blocks: {
    blocking(card: Certificate, issuer: Issuer): { readonly id: string; readonly reason: Words } | undefined
  }
  readonly clock: Clock
}

export interface Judge {
  /** Everything that costs nothing. `document`: the number that came beside the certificate. */
  look(certificate: Certificate, level: Level, document: string): Judged
  /** Whether its issuer still stands by it; the same `Judged` with what was answered as its evidence. */
  ask(certificate: Certificate, judged: Extract<Judged, { ok: true }>): Promise<Judged>
}

export function openJudge({ issuers, production, revocation, blocks, clock }: Needs): Judge {
  const refuse = (word: AnswerWord | CardRefusalCode, reason?: Words): Judged => ({
    ok: false,
    word,
    ...(reason && { reason }),
  })

  return {
    look(certificate, level, document) {
      const now = clock.now()
      if (now < certificate.notBefore) return refuse('not-yet-valid')
      if (now > certificate.notAfter) return refuse('expired')
      const path = pathFrom(certificate, issuers, now)
      if (!path.ok) return refuse(path.code)
      const { issuer } = path
      if (issuer.test && production) return refuse('test-issuer')
      const { policies } = issuer
      if (policies && !certificate.policies.some((policy) => policies.includes(policy))) return refuse('wrong-policy')

      const held = levelOf(certificate)
      if (!held) return refuse('wrong-profile')
      if (level === 'QUALIFIED' && held !== 'QUALIFIED') return refuse('level-too-low')
      if (!forSigningIn(certificate)) return refuse('wrong-profile')
      const weak = weakKey(certificate)
      if (weak) return refuse(weak.startsWith('unsupported') ? 'unsupported-key' : 'weak-key')
      if (certificate.x509.publicKey.asymmetricKeyType !== 'rsa') return refuse('unsupported-key')
      if (isOfAnother(certificate, document)) return refuse('wrong-document')
      const block = blocks.blocking(certificate, issuer)
      if (block) return refuse('blocked', block.reason)
      const holder = holderOf(certificate, issuer)
      if (!holder) return refuse('no-person')
      const assurance = held === 'QUALIFIED' ? issuer.assurance : lower(issuer.assurance, 'substantial')
      return { ok: true, issuer, assurance, holder, evidence: '' }
    },
    async ask(certificate, judged) {
      const revoked = await revocation.check(certificate, judged.issuer)
      return revoked.good ? { ...judged, evidence: revoked.evidence } : refuse(revoked.because)
    },
  }
}

/** @returns undefined for a certificate that is not Smart-ID's. */
export function levelOf({ policies }: Certificate): Level | undefined {
  if (QUALIFIED.every((policy) => policies.includes(policy))) return 'QUALIFIED'
  return ADVANCED.some((policy) => policies.includes(policy)) ? 'ADVANCED' : undefined
}

/** The profile of before April 2025 or the one since. A certificate for signing documents is neither. */
export function forSigningIn({ keyUsage, extendedKeyUsage, ca, unknownCritical }: Certificate): boolean {
  if (ca || unknownCritical.length > 0 || !keyUsage?.has('digitalSignature') || keyUsage.has('nonRepudiation'))
    return false
  return extendedKeyUsage?.some((purpose) => purpose === SMART_ID_AUTH || purpose === CLIENT_AUTH) === true
}

/** The document number stands in the certificate too, where it has one (SubjectAltName, a directory name's CN). */
function isOfAnother({ alternativeNames }: Certificate, document: string): boolean {
  const numbers = alternativeNames.flatMap((name) =>
    name.form === 'directory' ? name.name.flatMap(({ type, value }) => (type === 'CN' ? [value] : [])) : [],
  )
  return numbers.length > 0 && !numbers.includes(document)
}

/** ETSI EN 319 412-1 §5.1.3: a national number, never a passport's or a document's. */
const NATIONAL = /^PNO([A-Z]{2})-(.+)$/

export function holderOf({ subject }: Certificate, { schemes }: Pick<Issuer, 'schemes'>): Holder | undefined {
  const values = (type: string) => subject.flatMap((attribute) => (attribute.type === type ? [attribute.value] : []))
  const [given, family] = [values('GN').join(' '), values('SN').join(' ')]
  const [number, ...more] = values('serialNumber')
  const [, country, value = ''] = NATIONAL.exec(number ?? '') ?? []
  const scheme = schemes.find((one) => one === country)
  if (!scheme || more.length > 0 || (given === '' && family === '')) return undefined
  const parsed = parsePersonId(scheme, value)
  if (!parsed.ok) return undefined
  return {
    scheme,
    code: parsed.code,
    names: { ...(given !== '' && { given }), ...(family !== '' && { family }) },
  }
}
