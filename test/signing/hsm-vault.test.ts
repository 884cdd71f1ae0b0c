import { afterAll, describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/platform/random.ts'
import { type HsmVault, openHsmVault } from '../../src/signing/hsm-vault.ts'
import { loadModule, P11 } from '../../src/signing/pkcs11.ts'
import { vaultContract } from '../contracts/vault.ts'
import { testClock } from '../support/clock.ts'
import { testFolder } from '../support/folder.ts'
import { makeToken, type Token, withoutSoftHsm } from '../support/softhsm.ts'

// A real PKCS#11 module, in software: SoftHSM. Keys are made inside it and never leave it.

const withModule = withoutSoftHsm ? describe.skip : describe
const folder = testFolder()
const clock = testClock()
const opened: HsmVault[] = []
const token = withoutSoftHsm ? ({} as Token) : makeToken(folder.path)
await token.tellThisProcess?.()
const { library, label, pin } = token
afterAll(async () => {
  for (const vault of opened) await vault.close()
  folder.remove()
})

const open = async (more: Partial<Parameters<typeof openHsmVault>[0]> = {}): Promise<HsmVault> => {
  clock.advance(1_000)
  const needs = { library, token: label, pin, clock, random: systemRandom }
  const vault = await openHsmVault({ ...needs, ...more })
  opened.push(vault)
  return vault
}

withModule('with SoftHSM', () => {
  vaultContract('PKCS#11', open)

  test('a private key can neither be read nor taken out', async () => {
    const { kid } = await (await open()).create('ES256')
    const module = (await loadModule())(library)
    const session = module.openSession(module.slotOf(label)!)
    module.logIn(session, pin)
    const [key] = module.find(session, [
      { type: P11.CKA_CLASS, value: P11.CKO_PRIVATE_KEY },
      { type: P11.CKA_ID, value: Buffer.from(kid) },
    ])
    const CKA_VALUE = 0x11
    expect(() => module.attribute(session, key!, CKA_VALUE)).toThrow(/SENSITIVE/)
    expect([...module.attribute(session, key!, P11.CKA_EXTRACTABLE)]).toEqual([0])
  })

  test('more signatures at once than there are sessions are all made', async () => {
    const vault = await open()
    const { kid } = await vault.create('ES256')
    const sign = (await vault.signer(kid))!
    const made = await Promise.all(Array.from({ length: 100 }, (_, at) => sign(Buffer.from(`data ${at}`))))
    expect(made.map(({ length }) => length)).toEqual(Array.from({ length: 100 }, () => 64))
  })

  test('a token that is gone signs nothing, and signs again when it is back, without a restart', async () => {
    const vault = await open()
    const { kid } = await vault.create('ES256')
    const sign = (await vault.signer(kid))!
    await sign(Buffer.from('x'))
    await token.takeAway()
    await expect(sign(Buffer.from('x'))).rejects.toThrow()
    await expect(sign(Buffer.from('x'))).rejects.toThrow()
    token.putBack()
    expect(await sign(Buffer.from('x'))).toHaveLength(64)
  })

  test('says plainly that there is no such token, or that the PIN is wrong', async () => {
    const vaults = [await open({ token: 'nobody' }), await open({ pin: '9999' })]
    await expect(vaults[0]!.held()).rejects.toThrow('no token "nobody"')
    for (const other of opened.splice(0)) await other.close()
    await expect(vaults[1]!.held()).rejects.toThrow(/PIN/)
  })
})
