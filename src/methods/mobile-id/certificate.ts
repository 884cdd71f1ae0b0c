import type { Certificate } from '../../formats/certificate.ts'
import type { Words } from '../../identity/language.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import type { Clock } from '../../platform/clock.ts'
import { pathFrom } from '../certificates/path.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'
import { weakKey } from '../certificates/weak-keys.ts'
import type { Word } from './refusals.ts'

// Whether the certificate of an answer is a telephone's, for signing in, of an issuer that is believed, still good, and of
// the very person who was asked for. The provider's own client looks at the end of validity and at the issuer alone.

/** Mobile-ID of Estonia and Lithuania; a CA with another one has it in its line of the issuers. */
const POLICIES = [
  '1.3.6.1.4.1.10015.1.3',
  '1.3.6.1.4.1.10015.1.3.1',
  '1.3.6.1.4.1.10015.1.3.2',
  '1.3.6.1.4.1.10015.1.3.3',
  '1.3.6.1.4.1.10015.18.1',
]

/** Who was asked for. */
export interface Somebody {
  readonly scheme: string
  /** Canonical. */
  readonly code: string
}

export type Judged =
  | {
      readonly ok: true
      readonly issuer: Issuer
      readonly names: { readonly given?: string; readonly family?: string }
      readonly eResident: boolean
    }
  | { readonly ok: false; readonly word: Word; readonly reason?: Words }

export interface Needs {
  readonly issuers: readonly Issuer[]
  /** Test CAs issue to anybody: their certificates are refused. */
  readonly production: boolean
  readonly blocks: {
    blocking(certificate: Certificate, issuer: Issuer): { readonly reason: Words } | undefined
  }
  readonly clock: Clock
}

/** Everything that costs nothing; whether it was revoked is asked after it. */
export function judgeCertificate(
  certificate: Certificate,
  asked: Somebody,
  { issuers, production, blocks, clock }: Needs,
): Judged {
  const refuse = (word: Word, reason?: Words): Judged => ({ ok: false, word, ...(reason && { reason }) })
  const now = clock.now()
  if (!forSigningIn(certificate)) return refuse('wrong-profile')
  if (now < certificate.notBefore) return refuse('not-yet-valid')
  if (now > certificate.notAfter) return refuse('expired')
  const path = pathFrom(certificate, issuers, now)
  if (!path.ok) return refuse(path.code)
  const { issuer } = path
  if (issuer.test && production) return refuse('test-issuer')
  const allowed = issuer.policies ?? POLICIES
  if (!certificate.policies.some((policy) => allowed.includes(policy))) return refuse('wrong-policy')
  const weak: CardRefusalCode | undefined = weakness(certificate)
  if (weak) return refuse(weak)
  const block = blocks.blocking(certificate, issuer)
  if (block) return refuse('blocked', block.reason)
  const holder = numberOf(certificate)
  if (holder === undefined) return refuse('no-person')
  if (!isOf(holder, asked, issuer)) return refuse('wrong-person')
  return {
    ok: true,
    issuer,
    names: namesOf(certificate),
    eResident: certificate.policies.some((policy) => issuer.eResidents.includes(policy)),
  }
}

/** A telephone's other key, for documents, has non-repudiation alone; a card's or a server's has purposes. */
function forSigningIn({ keyUsage, extendedKeyUsage, ca, unknownCritical }: Certificate): boolean {
  return (
    keyUsage?.has('digitalSignature') === true && extendedKeyUsage === undefined && !ca && unknownCritical.length === 0
  )
}

function weakness(certificate: Certificate): CardRefusalCode | undefined {
  const weak = weakKey(certificate)
  return weak && (weak.startsWith('unsupported') ? 'unsupported-key' : 'weak-key')
}

const values = ({ subject }: Certificate, type: string): string[] =>
  subject.flatMap((attribute) => (attribute.type === type ? [attribute.value] : []))

/** ETSI EN 319 412-1 §5.1.3 for a person's national number; certificates of before 2018 have the bare number. */
const NATIONAL = /^(?:PNO([A-Z]{2})-)?([\w-]{4,20})$/

function numberOf(certificate: Certificate): { country: string | undefined; value: string } | undefined {
  const [number, ...more] = values(certificate, 'serialNumber')
  const [, country, value] = NATIONAL.exec(number ?? '') ?? []
  return value === undefined || more.length > 0 ? undefined : { country, value }
}

function isOf(
  { country, value }: { country: string | undefined; value: string },
  { scheme, code }: Somebody,
  { schemes }: Issuer,
): boolean {
  if (!schemes.some((one) => one === scheme) || (country !== undefined && country !== scheme)) return false
  const parsed = parsePersonId(scheme, value)
  return parsed.ok && parsed.code === code
}

function namesOf(certificate: Certificate): { given?: string; family?: string } {
  const [given, family] = [values(certificate, 'GN').join(' '), values(certificate, 'SN').join(' ')]
  return { ...(given !== '' && { given }), ...(family !== '' && { family }) }
}
