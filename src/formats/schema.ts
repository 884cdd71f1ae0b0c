import { AsnConvert } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { mustBeDer, shapeOf, written } from './der.ts'

/**
 * The ASN.1 library's decoder behind a check. Alone it passes over what follows the end or stands where nothing should, and
 * takes BER and items of other kinds.
 * @param shape what the value must look like to `shapeOf`, where the library is too kind to what this value is made of.
 * @throws Error for what is not DER, or not of this kind.
 */
export function parsed<T>(der: Buffer, kind: new () => T, shape?: RegExp): T {
  if (shape) mustBeBuilt(der, shape)
  else mustBeDer(der)
  return AsnConvert.parse(der, kind)
}

/** Of what stands in every certificate of an issuer there is little. */
const MOST = 256
const LONGEST = 1_024

/**
 * The same bytes always say the same, and an issuer writes most of a certificate again and again. What was read is kept and
 * handed out to all, so it must never be changed.
 */
export function remembered<T>(read: (der: Buffer) => T): (der: Buffer) => T {
  const known = new Map<string, { readonly found: T }>()
  return (der) => {
    if (der.length > LONGEST) return read(der)
    const key = der.toString('latin1')
    const before = known.get(key)
    if (before !== undefined) return before.found
    const found = read(der)
    if (known.size >= MOST) known.delete(known.keys().next().value!)
    known.set(key, { found })
    return found
  }
}

/** @throws RangeError where `der` is not DER, or not made of these elements. */
export function mustBeBuilt(der: Buffer, shape: RegExp): void {
  mustBeDer(der)
  if (!shape.test(shapeOf(der))) throw new RangeError('ASN.1: built otherwise')
}

/** The text of an OID, given with its tag. The library reads none alone, but an algorithm is little more. */
export const oidIn = remembered((oid) => parsed(written(0x30, oid), AlgorithmIdentifier).algorithm)
