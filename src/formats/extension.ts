import { type Element, elements, shapeOf } from './der.ts'
import { oidIn } from './schema.ts'

/** One extension (RFC 5280 §4.1.2.9): what it says is for whoever knows its id. */
export interface Extension {
  /** OID. */
  readonly id: string
  readonly critical: boolean
  readonly value: Buffer
}

/** As `shapeOf` writes it. */
const SHAPE = /^(?:30\(06(?:01)?04\))*$/

/**
 * @param list what the SEQUENCE of them holds, known to be DER.
 * @throws RangeError where one is made of anything else than an OID, perhaps a BOOLEAN, and an OCTET STRING.
 */
export function extensionsIn(list: Buffer): Extension[] {
  if (!SHAPE.test(shapeOf(list))) throw new RangeError('extensions: built otherwise')
  return elements(list).map(({ content }) => {
    const [id, ...rest] = elements(content) as [Element, ...Element[]]
    const [value, critical] = rest.toReversed() as [Element, Element?]
    return { id: oidIn(id.whole), critical: critical !== undefined && critical.content[0] !== 0, value: value.content }
  })
}
