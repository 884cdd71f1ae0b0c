import type { Certificate } from '../../formats/certificate.ts'
import type { Words } from '../../identity/language.ts'
import type { Clock } from '../../platform/clock.ts'
import type { CardKeys } from '../certificates/card-keys.ts'
import { nameOf, pathFrom } from '../certificates/path.ts'
import type { Issuer } from '../certificates/trust.ts'
import { CARD_REFUSALS, type CardRefusalCode, type Check } from '../certificates/verdict.ts'
import { weakKey } from '../certificates/weak-keys.ts'
import { allowedPolicy, type Holder, holderOf, mobilePolicy, wrongPurpose } from './card-certificate.ts'
import { type Challenge, readToken, unfitSigningCertificate, wrongSignature } from './web-eid.ts'

// The validation of a card, in the order of the Web eID specification: what costs nothing first, then whose it is, then
// whether it was revoked, the signature last; only then is its subject believed. The sign-in by Web eID, the one by TLS
// and `pratu cards check` all run this and nothing else.

/** A step that was taken, for `pratu cards check`. Never a person's number or name. */
export interface Step {
  readonly check: Check
  readonly passed: boolean
  readonly says: string
}

export type Verdict =
  | {
      readonly ok: true
      readonly card: Certificate
      readonly issuer: Issuer
      readonly holder: Holder
      readonly evidence: string
    }
  | {
      readonly ok: false
      readonly code: CardRefusalCode
      /** What exactly was found; no personal data. */
      readonly detail?: string
      /** Why cards like this one are blocked, to its holder. */
      readonly reason?: Words
    }

export interface Validation {
  /** @param note is told each step as it is taken. */
  token(text: string, challenge: Challenge, note?: (step: Step) => void): Promise<Verdict>
  /** All of it save token and signature: where a TLS handshake has shown that the key is at hand. */
  certificate(card: Certificate, note?: (step: Step) => void): Promise<Verdict>
}

export interface Needs {
  readonly issuers: readonly Issuer[]
  /** Test CAs issue to anybody: their cards are refused. */
  readonly production: boolean
  readonly revocation: {
    check(card: Certificate, issuer: Issuer): Promise<Revoked>
  }
  readonly blocks: {
    blocking(card: Certificate, issuer: Issuer): { readonly id: string; readonly reason: Words } | undefined
  }
  /** Absent where there is no database to ask: `pratu cards check --ca`. */
  readonly keys?: Pick<CardKeys, 'sole'> | undefined
  readonly clock: Clock
}

export type Revoked =
  | { readonly good: true; readonly evidence: string }
  | { readonly good: false; readonly because: CardRefusalCode; readonly detail: string }

/** Thrown to the end of one validation, and never out of it. */
class Refused extends Error {
  readonly verdict: Extract<Verdict, { ok: false }>
  constructor(verdict: Extract<Verdict, { ok: false }>) {
    super(verdict.code)
    this.verdict = verdict
  }
}

export function openValidation({ issuers, production, revocation, blocks, keys, clock }: Needs): Validation {
  async function judge(steps: (take: Take) => Promise<Verdict>, note: (step: Step) => void): Promise<Verdict> {
    const take = takeWith(note)
    try {
      return await steps(take)
    } catch (error) {
      if (error instanceof Refused) return error.verdict
      throw error
    }
  }

  async function certificate(card: Certificate, { passed, refuse }: Take) {
    const now = clock.now()
    const purpose = wrongPurpose(card)
    if (purpose) refuse(purpose)
    passed(
      'purpose',
      `key usage ${[...(card.keyUsage ?? [])].join(', ')}; ${card.extendedKeyUsage?.length ?? 0} purposes`,
    )

    if (mobilePolicy(card)) refuse('mobile-policy', card.policies.join(' '))
    passed('policies', card.policies.join(' ') || 'none')

    if (now < card.notBefore) refuse('not-yet-valid', `from ${iso(card.notBefore)}`)
    if (now > card.notAfter) refuse('expired', `until ${iso(card.notAfter)}`)
    passed('validity', `from ${iso(card.notBefore)} until ${iso(card.notAfter)}`)

    const path = pathFrom(card, issuers, now)
    if (!path.ok) return refuse(path.code, path.issuer ? `issuer ${path.issuer.id}` : undefined)
    const { issuer } = path
    if (issuer.test && production) refuse('test-issuer', `issuer ${issuer.id}`)
    if (!allowedPolicy(card, issuer)) refuse('wrong-policy', `issuer ${issuer.id} allows ${issuer.policies?.join(' ')}`)
    passed('trust', `issuer ${issuer.id}: ${issuer.chain.map(nameOf).join(', ')}`)

    const weak = weakKey(card)
    if (weak) refuse(weak.startsWith('unsupported') ? 'unsupported-key' : 'weak-key', weak)
    passed('key', keyOf(card))

    const block = blocks.blocking(card, issuer)
    if (block) refuse('blocked', `block ${block.id}`, block.reason)
    passed('blocks', 'no emergency block covers it')

    const revoked = await revocation.check(card, issuer)
    if (!revoked.good) return refuse(revoked.because, revoked.detail)
    passed('revocation', revoked.evidence)
    return { issuer, evidence: revoked.evidence }
  }

  /** Only now is the subject believed. */
  async function believed(
    card: Certificate,
    issuer: Issuer,
    evidence: string,
    { passed, refuse }: Take,
  ): Promise<Verdict> {
    const holder = holderOf(card, issuer)
    if (!holder) return refuse('no-identifier')
    if (keys && !(await keys.sole(card, holder.number))) return refuse('shared-key')
    passed('person', `a number of ${holder.candidates.map(({ scheme }) => scheme).join(' or ')}`)
    return { ok: true, card, issuer, holder, evidence }
  }

  return {
    certificate: (card, note = unheard) =>
      judge(async (take) => {
        const { issuer, evidence } = await certificate(card, take)
        return believed(card, issuer, evidence, take)
      }, note),
    token: (text, challenge, note = unheard) =>
      judge(async (take) => {
        const read = readToken(text)
        if (!read.ok) return take.refuse(read.code)
        const { token } = read
        take.passed('token', `${text.length} characters, algorithm ${token.algorithm.slice(0, 8)}`)
        take.passed('certificate', `issued by ${nameOf({ ...token.certificate, subject: token.certificate.issuer })}`)
        const { issuer, evidence } = await certificate(token.certificate, take)
        if (unfitSigningCertificate(token, issuer, clock.now())) take.refuse('signing-certificate-unfit')
        const wrong = wrongSignature(token, challenge)
        if (wrong) take.refuse(wrong)
        take.passed('signature', `${token.algorithm} over origin and nonce`)
        return believed(token.certificate, issuer, evidence, take)
      }, note),
  }
}

const unheard = (): void => undefined

interface Take {
  passed(check: Check, says: string): void
  refuse(code: CardRefusalCode, detail?: string, reason?: Words): never
}

function takeWith(note: (step: Step) => void): Take {
  return {
    passed: (check, says) => note({ check, passed: true, says }),
    refuse(code, detail, reason) {
      const { check, says } = CARD_REFUSALS[code]
      note({ check, passed: false, says: detail === undefined ? says : `${says} (${detail})` })
      throw new Refused({ ok: false, code, ...(detail !== undefined && { detail }), ...(reason && { reason }) })
    },
  }
}

function keyOf({ x509 }: Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey
  return `${asymmetricKeyType} ${asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength}`
}

const iso = (ms: number): string => new Date(ms).toISOString()
