import {
  type Extension,
  IssuingDistributionPoint,
  id_ce_issuingDistributionPoint,
  RevokedCertificate,
  TBSCertList,
} from '@peculiar/asn1-x509'
import { type Element, element, elements, written } from './der.ts'
import { parsed } from './schema.ts'

// A list of revoked certificates (RFC 5280 §5), read and not judged. Lists have hundreds of thousands of lines, and the library
// needs tens of microseconds for each: so its head is read without them, and they are handed over in parts, between which the reader may
// let others have their turn.

export interface Crl {
  /** What is signed. */
  readonly data: Buffer
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Buffer
  readonly signature: Buffer
  readonly issuerDer: Buffer
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /**
   * Why the list does not speak about every card of its issuer: only some reasons, only changes, or others' certificates.
   * Absent for a whole list. `at`: it is the part that cards point to with these addresses.
   */
  readonly part?: { readonly at: readonly string[] } | 'unusable'
  /**
   * Serial numbers in upper-case hexadecimal, as node:crypto prints them.
   * @throws RangeError where a line can't be read, or has a critical extension.
   */
  revoked(): Generator<readonly string[]>
}

const LINES = 200

/** @returns undefined for what is no CRL with a nextUpdate. */
export function readCrl(bytes: Buffer): Crl | undefined {
  try {
    const [data, algorithm, signature, ...more] = elements(expected(element(bytes), 0x30).content)
    const bits = expected(signature, 0x03).content
    if (more.length > 0 || bits[0] !== 0) return undefined
    const parts = elements(expected(data, 0x30).content)
    const at = parts.findIndex(({ tag }) => tag === 0x30)
    const [inner, issuer, , , lines] = parts.slice(at)
    // The same algorithm stands in the signed part: what was not signed must not choose it (§5.1.1.2).
    if (!expected(inner, 0x30).whole.equals(expected(algorithm, 0x30).whole)) return undefined
    const isLines = lines?.tag === 0x30
    const head = parts.filter((part) => !(isLines && part === lines)).map(({ whole }) => whole)
    const { thisUpdate, nextUpdate, crlExtensions } = parsed(written(0x30, ...head), TBSCertList, HEAD)
    if (nextUpdate === undefined) return undefined
    const part = partOf(crlExtensions ?? [])
    return {
      data: data!.whole,
      algorithm: algorithm!.whole,
      signature: bits.subarray(1),
      issuerDer: expected(issuer, 0x30).whole,
      thisUpdate: thisUpdate.getTime().getTime(),
      nextUpdate: nextUpdate.getTime().getTime(),
      ...(part && { part }),
      revoked: () => serials(isLines ? lines.content : Buffer.alloc(0)),
    }
  } catch {
    return undefined
  }
}

// As `shapeOf` writes it; what the algorithm is made of is for whoever checks the signature.
const EXTENSIONS = String.raw`30\((?:30\(06(?:01)?04\))*\)`
const HEAD = new RegExp(String.raw`^30\((?:02)?30\(.+?\)30\(.*\)(?:17|18)(?:17|18)(?:a0\(${EXTENSIONS}\))?\)$`)
const LINE = new RegExp(String.raw`^30\(02(?:17|18)(?:${EXTENSIONS})?\)$`)

function* serials(lines: Buffer): Generator<readonly string[]> {
  let found: string[] = []
  for (let at = 0; at < lines.length; ) {
    const { whole } = firstElement(lines.subarray(at))
    at += whole.length
    const { userCertificate, crlEntryExtensions } = parsed(whole, RevokedCertificate, LINE)
    if (crlEntryExtensions?.some(({ critical }) => critical))
      throw new RangeError('CRL: a line with a critical extension')
    found.push(hexOf(Buffer.from(userCertificate)))
    if (found.length === LINES) {
      yield found
      found = []
    }
  }
  yield found
}

/** The element that `bytes` begins with. Only its head is looked at: the rest may be megabytes. */
function firstElement(bytes: Buffer): Element {
  const length = bytes[1] ?? 0
  if (length < 0x80) return element(bytes.subarray(0, 2 + length))
  const count = length - 0x80
  if (count < 1 || count > 4) throw new RangeError('CRL: unusable length')
  return element(bytes.subarray(0, 2 + count + bytes.readUIntBE(2, count)))
}

/** §5.2; of critical extensions only the distribution point is understood (§5.2.5). */
function partOf(list: readonly Extension[]): Crl['part'] {
  const [only, ...others] = list.filter(({ critical }) => critical)
  if (only === undefined) return undefined
  if (others.length > 0 || only.extnID !== id_ce_issuingDistributionPoint) return 'unusable'
  const der = Buffer.from(only.extnValue.buffer)
  const { distributionPoint } = parsed(der, IssuingDistributionPoint)
  // [0] where it is had, [1] users' certificates only; everything else leaves out some that a card may be among.
  if (elements(element(der).content).some(({ tag }) => tag !== 0xa0 && tag !== 0x81)) return 'unusable'
  if (distributionPoint === undefined) return undefined
  const { fullName } = distributionPoint
  return fullName ? { at: fullName.flatMap((name) => name.uniformResourceIdentifier ?? []) } : 'unusable'
}

const hexOf = (integer: Buffer): string =>
  integer
    .toString('hex')
    .replace(/^(?:00)+(?=..)/, '')
    .toUpperCase()

function expected(found: Element | undefined, tag: number): Element {
  if (found?.tag !== tag) throw new RangeError('CRL: another element was expected')
  return found
}
