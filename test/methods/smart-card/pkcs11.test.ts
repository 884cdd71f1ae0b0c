import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { signedBytes } from '../../../src/demo/cards/token.ts'
import { openCards } from '../../../src/methods/smart-card/cards.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { openMetrics } from '../../../src/platform/metrics.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { testCardCa } from '../../support/cards.ts'
import { testFolder } from '../../support/folder.ts'

// A card whose key was made in a PKCS#11 token and never left it (SoftHSM, driven by OpenSC's tool): what it signs goes
// through the whole validation, its issuer's responder included.

const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) => existsSync(path))
const there = MODULE !== undefined && existsSync('/usr/bin/pkcs11-tool') && existsSync('/usr/bin/softhsm2-util')
const withToken = there ? describe : describe.skip

const ORIGIN = 'https://id.example'
const NONCE = systemRandom.bytes(32).toString('base64')
const PIN = '1234'

const { path: folder, remove } = testFolder()
const ca = testCardCa({ clock: systemClock })
const responder = await ca.responder()
writeFileSync(join(folder, 'ca.pem'), ca.issuing.pem)
writeFileSync(join(folder, 'root.pem'), ca.root.pem)
const line = `soft ca=ca.pem,root.pem schemes=EE assurance=high ocsp=${responder.url()} test\n`
writeFileSync(join(folder, 'issuers.txt'), line)
const artifacts = openMemoryArtifacts({ clock: systemClock })
const cards = openCards({
  folder,
  production: false,
  origin: ORIGIN,
  allow: [],
  blocks: { blocking: () => undefined },
  keys: undefined,
  artifacts,
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  metrics: openMetrics(),
})
afterAll(async () => {
  await cards.close()
  await artifacts.close()
  await responder.close()
  remove()
})

/** A token of its own, as the card's maker initialises it. */
function initialised() {
  const tokens = join(folder, 'tokens')
  mkdirSync(tokens)
  const settings = join(folder, 'softhsm2.conf')
  writeFileSync(settings, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  const env = { ...process.env, SOFTHSM2_CONF: settings }
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  run('/usr/bin/softhsm2-util', '--init-token', '--free', '--label', 'card', '--so-pin', '000000', '--pin', PIN)
  return (pin: string, ...words: string[]) =>
    run('/usr/bin/pkcs11-tool', '--module', MODULE!, '--token-label', 'card', '--login', '--pin', pin, ...words)
}

const CURVES = [
  { curve: 'P-256', named: 'secp256r1', algorithm: 'ES256', hash: 'sha256', size: 32, id: '01' },
  { curve: 'P-384', named: 'secp384r1', algorithm: 'ES384', hash: 'sha384', size: 48, id: '02' },
] as const

withToken('a card key in a PKCS#11 token', () => {
  const tool = there ? initialised() : () => ''

  test.each(CURVES)(
    '$curve signs a Web eID token that is accepted',
    async ({ curve, named, algorithm, hash, size, id }) => {
      const made = tool(PIN, '--keypairgen', '--key-type', `EC:${named}`, '--id', id, '--label', algorithm)
      const key = publicKeyIn(made, curve, size)
      const { certificate } = ca.card({ publicKey: key })

      const sign = (pin: string, bytes: Buffer): string => {
        const [digest, signature] = [join(folder, `${id}.digest`), join(folder, `${id}.signature`)]
        writeFileSync(digest, createHash(hash).update(bytes).digest())
        tool(pin, '--sign', '--mechanism', 'ECDSA', '--id', id, '-i', digest, '-o', signature)
        return readFileSync(signature).toString('base64')
      }
      const tokenFor = (origin: string): string =>
        JSON.stringify({
          unverifiedCertificate: certificate.toString('base64'),
          algorithm,
          signature: sign(PIN, signedBytes(algorithm, origin, NONCE)),
          format: 'web-eid:1.0',
          appVersion: 'https://web-eid.eu/web-eid-app/releases/2.5.0',
        })

      const { validation } = cards.method
      const challenge = { origin: ORIGIN, nonce: NONCE }
      const before = responder.asked()
      expect(await validation.token(tokenFor(ORIGIN), challenge)).toMatchObject({
        ok: true,
        issuer: { id: 'soft' },
        holder: { candidates: [{ scheme: 'EE', code: '60001019906' }] },
      })
      expect(responder.asked()).toBe(before + 1)
      expect(await validation.token(tokenFor('https://other.example'), challenge)).toMatchObject({
        ok: false,
        code: 'signature-invalid',
      })
      // The token is a real one: it counts on its own PIN.
      expect(() => sign('9999', Buffer.alloc(0))).toThrow()
    },
  )
})

/** OpenSC prints the point (SEC 1 §2.3.3) as a DER octet string, and has no other way out for it. */
function publicKeyIn(printed: string, crv: string, size: number): KeyObject {
  const hex = /EC_POINT:\s+([0-9a-f]+)/.exec(printed)?.[1] ?? ''
  const point = Buffer.from(hex, 'hex').subarray(-2 * size)
  const coordinate = (at: number) => point.subarray(at, at + size).toString('base64url')
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv, x: coordinate(0), y: coordinate(size) } })
}
