import { AsnConvert } from '@peculiar/asn1-schema'
import { mustBeDer, shapeOf } from './der.ts'

/**
 * The ASN.1 library's decoder behind a check. Alone it passes over what follows the end or stands where nothing should, and
 * takes BER and items of other kinds.
 * @param shape what the value must look like to `shapeOf`, where the library is too kind to what this value is made of.
 * @throws Error for what is not DER, or not of this kind.
 */
export function parsed<T>(der: Buffer, kind: new () => T, shape?: RegExp): T {
  mustBeDer(der)
  if (shape && !shape.test(shapeOf(der))) throw new RangeError('ASN.1: built otherwise')
  return AsnConvert.parse(der, kind)
}
