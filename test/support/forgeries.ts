import { createHmac, generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'

// Tokens that look like one of ours or of an agency's and that nobody entitled has signed: what attackers have tried on
// JWT libraries since there are any. Each by name; none may be believed anywhere.

export interface Model {
  /** What the genuine token says. */
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** A genuine one, to be spoilt; absent where the attacker has never seen one. */
  readonly genuine?: string
  /** The public half of the key that signs the genuine ones: everybody has it. */
  readonly publicKey: KeyObject
  /** A secret that the attacker might think is the key. */
  readonly secret: string
  /** An address that counts whoever comes. */
  readonly canary: string
}

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const pair = (): KeyPairKeyObjectResult => generateKeyPairSync('ec', { namedCurve: 'P-256' })

function es256(key: KeyObject, head: unknown, body: unknown): string {
  const text = `${part(head)}.${part(body)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function hs(bits: 256 | 384 | 512, key: string | Buffer, head: object, body: unknown): string {
  const text = `${part({ ...head, alg: `HS${bits}` })}.${part(body)}`
  return `${text}.${createHmac(`sha${bits}`, key).update(text).digest('base64url')}`
}

export function forgeries({ header, claims, genuine, publicKey, secret, canary }: Model): Record<string, string> {
  const { privateKey: own, publicKey: ownPublic } = pair()
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ed = generateKeyPairSync('ed25519')
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const jwk = publicKey.export({ format: 'jwk' })
  const pem = publicKey.export({ format: 'pem', type: 'spki' })
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const ownJwk = ownPublic.export({ format: 'jwk' })
  const text = (head: object, body: unknown = claims) => `${part({ ...header, ...head })}.${part(body)}`
  const mine = (head: object, body: unknown = claims) => es256(own, { ...header, ...head }, body)
  const signed = (alg: string, hash: string | null, key: KeyObject, more: object = {}) => {
    const said = text({ alg })
    return `${said}.${sign(hash, Buffer.from(said), { key, dsaEncoding: 'ieee-p1363', ...more }).toString('base64url')}`
  }
  const unsigned = text({})
  const good = genuine ?? mine({})
  const [head = '', body = '', signature = ''] = good.split('.')
  const zeros = Buffer.alloc(64)
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  return {
    // No signature at all (CVE-2015-9235, CVE-2022-23540).
    'alg none': `${text({ alg: 'none' })}.`,
    'alg None': `${text({ alg: 'None' })}.`,
    'alg nOnE': `${text({ alg: 'nOnE' })}.${signature}`,
    'alg none with a signature': `${text({ alg: 'none' })}.${part('x')}`,
    'alg none, two parts': text({ alg: 'none' }),
    'no alg': `${part({ ...header, alg: undefined })}.${part(claims)}.${signature}`,
    'alg null': `${text({ alg: null })}.${signature}`,
    'alg 0': `${text({ alg: 0 })}.${signature}`,
    'a list of algs': `${text({ alg: ['ES256', 'none'] })}.${signature}`,
    'alg empty': `${text({ alg: '' })}.`,
    // The public key as a secret (CVE-2016-10555, CVE-2022-23541).
    'HS256 by the public JWK': hs(256, JSON.stringify(jwk), header, claims),
    'HS256 by the public PEM': hs(256, pem, header, claims),
    'HS384 by the public PEM': hs(384, pem, header, claims),
    'HS512 by the public PEM': hs(512, pem, header, claims),
    'HS256 by the PEM without its last line break': hs(256, String(pem).trim(), header, claims),
    'HS256 by the public DER': hs(256, der, header, claims),
    'HS256 by x': hs(256, Buffer.from(String(jwk.x), 'base64url'), header, claims),
    'HS256 by nothing': hs(256, '', header, claims),
    'HS256 by one NUL': hs(256, '\0', header, claims),
    'HS256 by the client secret': hs(256, secret, header, claims),
    'HS256 by its kid': hs(256, String(header.kid), header, claims),
    'HS256 by a file that is empty': hs(256, '', { ...header, kid: '../../../../../../dev/null' }, claims),
    // Another key, said in the token itself (CVE-2018-0114).
    'ES256 by another key': mine({}),
    'ES256 by another key, without kid': mine({ kid: undefined }),
    'a key in the header': mine({ jwk: ownJwk }),
    'a key in the header, without kid': mine({ jwk: ownJwk, kid: undefined }),
    'a key at an address': mine({ jku: canary }),
    'a key at an address, without kid': mine({ jku: canary, kid: undefined }),
    'a certificate at an address': mine({ x5u: canary }),
    'a certificate in the header': mine({ x5c: [Buffer.from(der).toString('base64')] }),
    'RS256 by another key': signed('RS256', 'sha256', rsa.privateKey),
    'PS256 by another key': signed('PS256', 'sha256', rsa.privateKey, { padding: 6, saltLength: 32 }),
    'EdDSA by another key': signed('EdDSA', null, ed.privateKey),
    'ES384 by another key': signed('ES384', 'sha384', p384.privateKey),
    'ES256K by another key': signed('ES256K', 'sha256', koblitz.privateKey),
    'ES256 by a key of another curve': signed('ES256', 'sha384', p384.privateKey),
    // What a kid is put into.
    'a kid that is a path': mine({ kid: '../../keys/master.key' }),
    'a kid that is SQL': mine({ kid: "' union select 'a' --" }),
    'a kid of 4 KiB': mine({ kid: 'k'.repeat(4_096) }),
    'a kid with NUL': mine({ kid: `${String(header.kid)}\0` }),
    'a kid that is an object': mine({ kid: { toString: 1 } }),
    'a kid that is a prototype': mine({ kid: '__proto__' }),
    // Signatures (CVE-2022-21449: r and s of zero).
    'a signature of zeros': `${unsigned}.${zeros.toString('base64url')}`,
    'a signature of the group order': `${unsigned}.${Buffer.concat([order, order]).toString('base64url')}`,
    'a signature of another token': `${unsigned.replace(/.$/, 'A')}.${signature}`,
    'a signature in DER': `${unsigned}.${sign('sha256', Buffer.from(unsigned), own).toString('base64url')}`,
    'a signature cut short': `${head}.${body}.${signature.slice(0, -4)}`,
    'a signature with a tail': `${mine({}).split('.').slice(0, 2).join('.')}.${signature}AAAA`,
    'an empty signature': `${head}.${body}.`,
    'claims changed under the signature': `${head}.${part({ ...claims, sub: 'somebody-else', aud: 'other' })}.${signature}`,
    'a header changed under the signature': `${text({ typ: 'at+jwt' }).split('.')[0]!}.${body}.${signature}`,
    // Extensions that change what is signed or read (CVE-2025-59420).
    'a critical extension': mine({ crit: ['exp'], exp: 1 }),
    'a payload that is not encoded': mine({ b64: false, crit: ['b64'] }),
    'a zipped payload': mine({ zip: 'DEF' }),
    'a token in a token': mine({ cty: 'JWT' }, good),
    'alg twice': `${Buffer.from('{"alg":"ES256","alg":"none"}').toString('base64url')}.${body}.`,
    // Other shapes (the JWE ones must not cost what they ask for: CVE-2024-28176, CVE-2023-50658).
    'an encrypted one': `${part({ alg: 'dir', enc: 'A256GCM' })}..${part('iv')}.${part('text')}.${part('tag')}`,
    'one that wants ten million rounds': `${part({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 10_000_000, p2s: 'c2FsdA' })}.${part('key')}.${part('iv')}.${part('text')}.${part('tag')}`,
    'a zip bomb': `${part({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..${part('iv')}.${deflateRawSync(Buffer.alloc(1_000_000)).toString('base64url')}.${part('tag')}`,
    'JSON of one signature': JSON.stringify({ protected: head, payload: body, signature }),
    'JSON of several': JSON.stringify({ payload: body, signatures: [{ header, signature }] }),
    'four parts': `${good}.${signature}`,
    'a thousand dots': '.'.repeat(1_000),
    'claims a thousand deep': `${head}.${part(`${'['.repeat(1_000)}1${']'.repeat(1_000)}`)}.${signature}`,
    'claims that are a list': mine({}, [claims]),
    'claims that are no JSON': `${head}.${part('not json')}.${signature}`,
    'claims of a prototype': mine({}, `{"__proto__":${JSON.stringify(claims)}}`),
    'spaces around': ` ${mine({})} `,
    'padding after': `${mine({})}==`,
  }
}
