import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { publicJwkOf, signerOf, thumbprint } from '../../src/signing/key-pair.ts'

test('an ES256 signature is r and s, 32 bytes each, also where one of them is shorter', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sign = signerOf(privateKey.export({ format: 'der', type: 'pkcs8' }), thumbprint(publicJwkOf(publicKey)))
  let short = 0
  // One in 128 has a zero at the beginning of r or of s: of three thousand none is as good as impossible.
  for (let n = 0; n < 3_000; n++) {
    const [data, signature] = [Buffer.from(`${n}`), Buffer.from(await sign(Buffer.from(`${n}`)))]
    if (signature[0] === 0 || signature[32] === 0) short++
    const right = verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
    if (!right || signature.length !== 64) throw new Error(`not right: ${signature.toString('hex')}`)
  }
  expect(short).toBeGreaterThan(0)
})
