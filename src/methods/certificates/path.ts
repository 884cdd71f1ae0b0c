import type { Certificate } from '../../formats/certificate.ts'
import { element, elements } from '../../formats/der.ts'
import { withinConstraints } from './name-constraints.ts'
import type { Issuer } from './trust.ts'
import type { CardRefusalCode } from './verdict.ts'

// From a card's certificate to an anchor (RFC 5280 §6.1, as much of it as three certificates need). The anchors are the
// configured ones and nothing else; what a token brings along is never a link of the path. Signatures among the CAs were
// checked when they were configured, their validity is asked anew for every card.

const LONGEST = 3
const SHA_2 = ['256', '384', '512'].map((size) => `SHA${size}`)
const PSS = '1.2.840.113549.1.1.10'

export type Path =
  | { readonly ok: true; readonly issuer: Issuer }
  | { readonly ok: false; readonly code: CardRefusalCode; readonly issuer?: Issuer }

/** @param now epoch milliseconds. */
export function pathFrom(card: Certificate, issuers: readonly Issuer[], now: number): Path {
  const named = issuers.filter(({ certificate }) => certificate.subjectDer.equals(card.issuerDer))
  if (named.length === 0) return { ok: false, code: 'unknown-issuer' }
  const issuer = named.find(({ certificate }) => signs(certificate, card))
  if (!issuer) return { ok: false, code: 'same-name-other-key' }
  const code = wrongAbove([card, ...issuer.chain], now)
  return code === undefined ? { ok: true, issuer } : { ok: false, code, issuer }
}

/**
 * What is wrong with a configured chain whatever the time, as an operator reads it; undefined when nothing is.
 * @param chain from the CA that issues the cards up to the anchor.
 */
export function brokenChain(chain: readonly Certificate[]): string | undefined {
  if (chain.length > LONGEST - 1) return `at most ${LONGEST - 1} CA certificates, the issuing one and its root`
  for (const [at, ca] of chain.entries()) {
    const unfit = unfitAsCa(ca, at)
    const above = chain[at + 1]
    if (unfit) return `${nameOf(ca)} ${unfit}`
    if (above && !(above.subjectDer.equals(ca.issuerDer) && signs(above, ca)))
      return `${nameOf(ca)} was not issued by ${nameOf(above)}`
  }
  return undefined
}

export const nameOf = ({ subject }: Certificate): string =>
  subject.findLast(({ type }) => type === 'CN')?.value ?? subject.map(({ value }) => value).join(', ')

export function signs(issuer: Certificate, below: Certificate): boolean {
  try {
    return soundAlgorithm(below) && below.x509.verify(issuer.x509.publicKey)
  } catch {
    // A key of another kind than the signature's.
    return false
  }
}

/** SHA-1 and older prove nothing any more. A PSS signature names its hash in the parameters beside its OID. */
function soundAlgorithm({ x509, der }: Certificate): boolean {
  if (x509.signatureAlgorithmOid !== PSS)
    return SHA_2.some((name) => x509.signatureAlgorithm?.toUpperCase().includes(name))
  const algorithm = elements(element(der).content)[1]!.whole
  return [1, 2, 3].some((last) =>
    algorithm.includes(Buffer.from([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last])),
  )
}

function wrongAbove(path: readonly Certificate[], now: number): CardRefusalCode | undefined {
  for (const [at, ca] of path.entries()) {
    if (at === 0) continue
    if (now < ca.notBefore || now > ca.notAfter) return 'issuer-expired'
    if (unfitAsCa(ca, at - 1)) return 'issuer-unfit'
    const { nameConstraints } = ca
    if (nameConstraints && !path.slice(0, at).every((below) => withinConstraints(nameConstraints, below)))
      return 'name-constraint'
  }
  return undefined
}

/** `below`: how many CAs stand between it and the card. */
function unfitAsCa(ca: Certificate, below: number): string | undefined {
  if (!ca.ca) return 'is not the certificate of a CA'
  if (!ca.keyUsage?.has('keyCertSign')) return 'may not sign certificates (key usage)'
  if (ca.pathLength !== undefined && ca.pathLength < below) return 'may not have that many CAs below it'
  const unknown = ca.unknownCritical[0]
  return unknown === undefined ? undefined : `has a critical extension that is not understood (${unknown})`
}
