import { createCipheriv, createPrivateKey, createPublicKey, generateKeyPair, scrypt, sign } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Random } from '../platform/random.ts'
import { KeyRefused, type OpenedKey } from './operator.ts'

// An operator's key as a file: PKCS #8, encrypted under a passphrase (RFC 5958, RFC 8018, RFC 7914), as `openssl pkey` reads
// it. Node writes that too, but under 2048 rounds of PBKDF2, which a thief of the file tries by the million a second; so the
// key is drawn out of the passphrase by scrypt here, at 16 MB and about a fifth of a second a try.

/** With the most memory that OpenSSL takes without being told to: OWASP's choice at 16 MiB. */
const COST = { N: 16_384, r: 8, p: 5 }
const SHORTEST = 12

const make = promisify(generateKeyPair)
const stretch = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt)

export interface Where {
  readonly path: string
  readonly passphrase: string
}

/** Never over another file. @throws KeyRefused */
export async function makeKeyFile({ path, passphrase }: Where, random: Random): Promise<OpenedKey> {
  if (passphrase.length < SHORTEST)
    throw new KeyRefused(`A passphrase has ${SHORTEST} characters at least: four words drawn by dice are easy to keep.`)
  const { privateKey } = await make('ec', { namedCurve: 'P-256' })
  const sealed = await encrypted(privateKey.export({ format: 'der', type: 'pkcs8' }), passphrase, random)
  const lines = sealed.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n')
  const text = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines}\n-----END ENCRYPTED PRIVATE KEY-----\n`
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  // As it will be used: what can't be opened again is better known now.
  return openKeyFile({ path, passphrase })
}

/** @throws KeyRefused for a file without a passphrase, with another one, that others can read, or that is no key of ours. */
export async function openKeyFile({ path, passphrase }: Where): Promise<OpenedKey> {
  const pem = await readFile(path, 'utf8')
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0)
    throw new KeyRefused(`${path} can be read by others: chmod 600 it, and think about who may have read it.`)
  if (!pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----'))
    throw new KeyRefused(`${path} holds no private key under a passphrase: pratu operators make-key makes one.`)
  const key = privateKeyOf(pem, passphrase, path)
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new KeyRefused(`${path} holds a key of another kind: it must be one on the curve P-256.`)
  return {
    publicKey: createPublicKey(key),
    sign: async (text) => sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }),
    close: async () => {},
  }
}

function privateKeyOf(pem: string, passphrase: string, path: string) {
  try {
    return createPrivateKey({ key: pem, format: 'pem', passphrase })
  } catch (error) {
    throw new KeyRefused(`${path} does not open with this passphrase.`, { cause: error })
  }
}

const OID = {
  pbes2: '06092a864886f70d01050d',
  scrypt: '06092b06010401da47040b',
  aes256cbc: '060960864801650304012a',
}

/** EncryptedPrivateKeyInfo, DER. */
async function encrypted(plain: Buffer, passphrase: string, random: Random): Promise<Buffer> {
  const [salt, iv] = [random.bytes(16), random.bytes(16)]
  const cipher = createCipheriv('aes-256-cbc', await stretch(passphrase, salt, 32, COST), iv)
  const derivation = sequence(
    Buffer.from(OID.scrypt, 'hex'),
    sequence(der(0x04, salt), integer(COST.N), integer(COST.r), integer(COST.p)),
  )
  const scheme = sequence(Buffer.from(OID.aes256cbc, 'hex'), der(0x04, iv))
  return sequence(
    sequence(Buffer.from(OID.pbes2, 'hex'), sequence(derivation, scheme)),
    der(0x04, Buffer.concat([cipher.update(plain), cipher.final()])),
  )
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts))

/** Of a number below 2^15. */
const integer = (value: number): Buffer => der(0x02, Buffer.from(value < 0x80 ? [value] : [value >> 8, value & 0xff]))
