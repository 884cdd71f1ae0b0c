import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { makeKeyFile, openKeyFile } from '../../src/operators/key-file.ts'
import { makeTokenKey, openTokenKey, tokenOf } from '../../src/operators/key-token.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testClock } from '../support/clock.ts'
import { testFolder } from '../support/folder.ts'
import { makeToken, type Token, withoutSoftHsm } from '../support/softhsm.ts'

// Where an operator's own key is: a file under a passphrase, or a token of theirs.

const folder = testFolder()
afterAll(() => folder.remove())
const TEXT = Buffer.from('what is signed')
const passphrase = 'otter-velvet-canal-eleven'
let files = 0
const fresh = () => join(folder.path, `key-${++files}`)
const PEM = { format: 'pem', type: 'pkcs8' } as const

describe('a key in a file', () => {
  test('signs what its public half verifies, for whoever has the passphrase', async () => {
    const path = fresh()
    const made = await makeKeyFile({ path, passphrase }, systemRandom)
    const opened = await openKeyFile({ path, passphrase })
    expect(opened.publicKey.equals(made.publicKey)).toBe(true)
    const signature = await opened.sign(TEXT)
    expect(verify('sha256', TEXT, { key: made.publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
    await expect(openKeyFile({ path, passphrase: 'otter-velvet-canal-twelve' })).rejects.toThrow(
      'does not open with this',
    )
  })

  test('is PKCS #8 under scrypt, as OpenSSL has it, for its owner’s account alone', async () => {
    const path = fresh()
    const { publicKey } = await makeKeyFile({ path, passphrase }, systemRandom)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const pem = readFileSync(path, 'utf8')
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\w+/=\n]+-----END ENCRYPTED PRIVATE KEY-----\n$/)
    const der = Buffer.from(pem.replaceAll(/-----.*?-----|\s/g, ''), 'base64').toString('hex')
    // scrypt (RFC 7914 §7.1), N = 16384, r = 8, p = 5
    expect(der).toContain('06092b06010401da47040b')
    expect(der).toContain('02024000020108020105')
    expect(createPublicKey(createPrivateKey({ key: pem, format: 'pem', passphrase })).equals(publicKey)).toBe(true)
  })

  test('is never written over another file, nor under a passphrase that is soon tried', async () => {
    const path = fresh()
    await expect(makeKeyFile({ path, passphrase: 'hunter2' }, systemRandom)).rejects.toThrow('12 characters')
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, 'mine')
    await expect(makeKeyFile({ path, passphrase }, systemRandom)).rejects.toThrow('EEXIST')
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  test('that others can read, without a passphrase, or of another kind is refused', async () => {
    const path = fresh()
    await makeKeyFile({ path, passphrase }, systemRandom)
    chmodSync(path, 0o640)
    await expect(openKeyFile({ path, passphrase })).rejects.toThrow('can be read by others')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const bare = fresh()
    writeFileSync(bare, privateKey.export(PEM), { mode: 0o600 })
    await expect(openKeyFile({ path: bare, passphrase })).rejects.toThrow('no private key under a passphrase')
    const other = fresh()
    const rsa = generateKeyPairSync('ed25519').privateKey
    writeFileSync(other, rsa.export({ ...PEM, cipher: 'aes-256-cbc', passphrase }), { mode: 0o600 })
    await expect(openKeyFile({ path: other, passphrase })).rejects.toThrow('a key of another kind')
  })

  test('that OpenSSL made, on the right curve and under a passphrase, will do', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const path = fresh()
    writeFileSync(path, privateKey.export({ ...PEM, cipher: 'aes-256-cbc', passphrase }), { mode: 0o600 })
    expect((await openKeyFile({ path, passphrase })).publicKey.equals(publicKey)).toBe(true)
  })
})

test('a token is named as RFC 7512 has it, with its module', () => {
  expect(tokenOf('anna.key')).toBeUndefined()
  expect(tokenOf('pkcs11:token=Anna%20S?module-path=/usr/lib/m.so')).toEqual({
    token: 'Anna S',
    library: '/usr/lib/m.so',
  })
  for (const name of ['pkcs11:', 'pkcs11:token=anna', 'pkcs11:?module-path=/m.so'])
    expect(() => tokenOf(name)).toThrow('pkcs11:token=LABEL?module-path=')
})

const withModule = withoutSoftHsm ? describe.skip : describe
const token = withoutSoftHsm ? ({} as Token) : makeToken(folder.path)
await token.tellThisProcess?.()

withModule('with SoftHSM', () => {
  const needs = {
    where: { token: token.label, library: token.library },
    pin: token.pin,
    clock: testClock(),
    random: systemRandom,
  }

  test('an operator’s key is made on their token, once, and signs there for whoever has the PIN', async () => {
    await expect(openTokenKey(needs)).rejects.toThrow('no key of an operator')
    const made = await makeTokenKey(needs)
    await made.close()
    await expect(makeTokenKey(needs)).rejects.toThrow('key already')
    await expect(openTokenKey({ ...needs, pin: '000000' })).rejects.toThrow(`token ${token.label} does not open`)
    const opened = await openTokenKey(needs)
    const signature = await opened.sign(TEXT)
    await opened.close()
    expect(opened.publicKey.equals(made.publicKey)).toBe(true)
    expect(verify('sha256', TEXT, { key: made.publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  })
})
