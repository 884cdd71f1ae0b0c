import { type KeyObject, constants as rsa, verify } from 'node:crypto'
import { type Element, element, elements } from './der.ts'

// How a responder or a CA has signed: AlgorithmIdentifier to node:crypto and back (RFC 4055, RFC 5758). SHA-1 is not
// among them. With the same table an algorithm can't be claimed that is not the key's own.

interface Algorithm {
  readonly key: 'rsa' | 'ec'
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly pss?: true
}

const RSA_PSS = '2a864886f70d01010a'
const BY_OID: Readonly<Record<string, Algorithm>> = {
  '2a864886f70d01010b': { key: 'rsa', hash: 'sha256' },
  '2a864886f70d01010c': { key: 'rsa', hash: 'sha384' },
  '2a864886f70d01010d': { key: 'rsa', hash: 'sha512' },
  '2a8648ce3d040302': { key: 'ec', hash: 'sha256' },
  '2a8648ce3d040303': { key: 'ec', hash: 'sha384' },
  '2a8648ce3d040304': { key: 'ec', hash: 'sha512' },
}
const HASHES: Readonly<Record<string, { hash: Algorithm['hash']; length: number }>> = {
  '608648016503040201': { hash: 'sha256', length: 32 },
  '608648016503040202': { hash: 'sha384', length: 48 },
  '608648016503040203': { hash: 'sha512', length: 64 },
}
const PSS = { padding: rsa.RSA_PKCS1_PSS_PADDING, saltLength: rsa.RSA_PSS_SALTLEN_DIGEST }
const MGF1 = '2a864886f70d010108'
const NULL = '0500'

/** @param algorithm the AlgorithmIdentifier, DER; false as well for an algorithm that is not in the table. */
export function isSigned(signed: Buffer, algorithm: Buffer, signature: Buffer, key: KeyObject): boolean {
  const used = read(algorithm)
  if (used === undefined || used.key !== key.asymmetricKeyType) return false
  // Without options where it may be: to look at them costs node:crypto two errors that it catches.
  const how = used.pss ? { key, ...PSS } : key
  return verify(used.hash, signed, how, signature)
}

function read(algorithm: Buffer): Algorithm | undefined {
  try {
    const [oid, parameters, ...more] = elements(element(algorithm).content)
    const name = oid!.content.toString('hex')
    if (oid!.tag !== 0x06 || more.length > 0) return undefined
    if (name === RSA_PSS) return parameters && pss(parameters)
    const known = BY_OID[name]
    // RFC 4055 §5: NULL for RSA, and its absence is to be accepted; RFC 5758 §3.2: absent for ECDSA.
    const usual = parameters === undefined || (known?.key === 'rsa' && parameters.whole.toString('hex') === NULL)
    return usual ? known : undefined
  } catch {
    return undefined
  }
}

/** Only as everybody uses it: one hash for both, a salt as long as the hash (RFC 4055 §3.1). */
function pss(parameters: Element): Algorithm | undefined {
  const [digest, mask, salt, ...more] = elements(parameters.content)
  if (digest?.tag !== 0xa0 || mask?.tag !== 0xa1 || salt?.tag !== 0xa2 || more.length > 0) return undefined
  const used = HASHES[hashOid(element(digest.content))]
  const [generator, within] = elements(element(mask.content).content)
  const same = generator?.content.toString('hex') === MGF1 && within && HASHES[hashOid(within)] === used
  if (!used || !same || element(salt.content).whole.toString('hex') !== `0201${used.length.toString(16)}`)
    return undefined
  return { key: 'rsa', hash: used.hash, pss: true }
}

const hashOid = (identifier: Element): string => elements(identifier.content)[0]!.content.toString('hex')
