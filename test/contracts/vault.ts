import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { Vault } from '../../src/signing/vault.ts'

// What every vault keeps. `open` opens the same vault again, as another node or the next start would.

export function vaultContract(name: string, open: () => Promise<Vault>): void {
  describe(`a ${name} vault`, () => {
    test('makes keys whose signatures verify with the public half alone', async () => {
      const vault = await open()
      const { kid, publicJwk } = await vault.create('ES256')
      const sign = await vault.signer(kid)
      const data = Buffer.from('header.payload')
      const signature = await sign!(data)
      const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' })
      expect(signature).toHaveLength(64)
      expect(verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
      expect(verify('sha256', Buffer.from('header.payloae'), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(false)
    })

    test('shows no private half', async () => {
      const made = await (await open()).create('ES256')
      expect(Object.keys(made).toSorted()).toEqual(['kid', 'publicJwk'])
      expect(Object.keys(made.publicJwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
    })

    test('still signs with a key after it was opened again', async () => {
      const { kid, publicJwk } = await (await open()).create('ES256')
      const sign = await (await open()).signer(kid)
      const signature = await sign!(Buffer.from('x'))
      const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' })
      expect(verify('sha256', Buffer.from('x'), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
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
