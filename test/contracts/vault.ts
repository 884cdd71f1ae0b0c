import { describe, expect, test } from '@jest/globals'
import { thumbprint, verifies } from '../../src/signing/key-pair.ts'
import { ALGORITHMS, type Algorithm, type Vault } from '../../src/signing/vault.ts'

// What every vault keeps. `open` opens the same vault again, as another node or the next start would.

/** Public members and length of a signature. */
const SHAPES: Readonly<Record<Algorithm, readonly [readonly string[], number]>> = {
  ES256: [['crv', 'kty', 'x', 'y'], 64],
  PS256: [['e', 'kty', 'n'], 384],
  EdDSA: [['crv', 'kty', 'x'], 64],
}

export function vaultContract(name: string, open: () => Promise<Vault>): void {
  describe(`a ${name} vault`, () => {
    test.each(ALGORITHMS)('makes %s keys whose signatures verify with the public half alone', async (alg) => {
      const vault = await open()
      expect(await vault.lacks(alg)).toBeUndefined()
      const { kid, publicJwk } = await vault.create(alg)
      expect(thumbprint(publicJwk)).toBe(kid)
      const sign = await vault.signer(kid)
      const data = Buffer.from('header.payload')
      const signature = await sign!(data)
      expect(signature).toHaveLength(SHAPES[alg][1])
      expect(verifies(publicJwk, data, signature)).toBe(true)
      expect(verifies(publicJwk, Buffer.from('header.payloae'), signature)).toBe(false)
    })

    test.each(ALGORITHMS)('shows no private half of %s keys', async (alg) => {
      const made = await (await open()).create(alg)
      expect(Object.keys(made).toSorted()).toEqual(['kid', 'publicJwk'])
      expect(Object.keys(made.publicJwk).toSorted()).toEqual(SHAPES[alg][0])
    })

    test.each(ALGORITHMS)('still signs with a key for %s after it was opened again', async (alg) => {
      const { kid, publicJwk } = await (await open()).create(alg)
      const sign = await (await open()).signer(kid)
      expect(verifies(publicJwk, Buffer.from('x'), await sign!(Buffer.from('x')))).toBe(true)
    })

    test('never makes the same key twice', async () => {
      const vault = await open()
      const kids = await Promise.all(Array.from({ length: 8 }, async () => (await vault.create('ES256')).kid))
      expect(new Set(kids).size).toBe(8)
    })

    test('tells which keys it holds, and nothing private of them', async () => {
      const made = await (await open()).create('ES256')
      const held = await (await open()).held()
      expect(held).toContainEqual(made)
      expect(JSON.stringify(held)).not.toMatch(/"d"|private/)
    })

    test('has nothing left of a key that it destroyed, and minds no second time', async () => {
      const vault = await open()
      const [{ kid }, other] = [await vault.create('ES256'), await vault.create('ES256')]
      await vault.destroy(kid)
      await vault.destroy(kid)
      const again = await open()
      expect(await again.signer(kid)).toBeUndefined()
      const held = await again.held()
      expect(held.map((key) => key.kid)).not.toContain(kid)
      expect(held).toContainEqual(other)
    })

    test('says so when it has no such key', async () => {
      const vault = await open()
      for (const kid of ['nobody', '../../etc/passwd', 'A'.repeat(43)]) expect(await vault.signer(kid)).toBeUndefined()
    })
  })
}
