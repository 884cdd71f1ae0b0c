import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/platform/random.ts'
import { type HsmVault, openHsmVault } from '../../src/signing/hsm-vault.ts'
import { loadModule, P11 } from '../../src/signing/pkcs11.ts'
import { vaultContract } from '../contracts/vault.ts'
import { testClock } from '../support/clock.ts'
import { testFolder } from '../support/folder.ts'

// A real PKCS#11 module, in software: SoftHSM. Keys are made inside it and never leave it.

const LIBRARY = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) => existsSync(path))
const bound = await loadModule().then(
  () => true,
  () => false,
)
const there = LIBRARY !== undefined && bound && existsSync('/usr/bin/softhsm2-util')
const withModule = there ? describe : describe.skip
const PIN = '1234'
const folder = testFolder()
const clock = testClock()
const opened: HsmVault[] = []
const tokens = join(folder.path, 'tokens')

async function initialise(): Promise<void> {
  mkdirSync(tokens)
  const settings = join(folder.path, 'softhsm2.conf')
  writeFileSync(settings, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  const words = ['--init-token', '--free', '--label', 'pratu', '--pin', PIN, '--so-pin', '12345678']
  execFileSync('/usr/bin/softhsm2-util', words, { env: { ...process.env, SOFTHSM2_CONF: settings } })
  // The module reads the environment of the process itself, of which a test is given a copy; a thread may share it.
  const worker = new Worker(`process.env.SOFTHSM2_CONF = ${JSON.stringify(settings)}`, { eval: true, env: SHARE_ENV })
  await once(worker, 'exit')
}
if (there) await initialise()
afterAll(async () => {
  for (const vault of opened) await vault.close()
  folder.remove()
})

/** C_Finalize, behind every vault's back. */
async function endAll(): Promise<void> {
  const { default: binding } = await import('pkcs11js')
  const module = new binding.PKCS11()
  module.load(LIBRARY!)
  module.C_Finalize()
}

const open = async (more: Partial<Parameters<typeof openHsmVault>[0]> = {}): Promise<HsmVault> => {
  clock.advance(1_000)
  const needs = { library: LIBRARY!, token: 'pratu', pin: PIN, clock, random: systemRandom }
  const vault = await openHsmVault({ ...needs, ...more })
  opened.push(vault)
  return vault
}

withModule('with SoftHSM', () => {
  vaultContract('PKCS#11', open)

  test('a private key can neither be read nor taken out', async () => {
    const { kid } = await (await open()).create('ES256')
    const module = (await loadModule())(LIBRARY!)
    const session = module.openSession(module.slotOf('pratu')!)
    module.logIn(session, PIN)
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
    renameSync(tokens, `${tokens}-away`)
    mkdirSync(tokens)
    // SoftHSM keeps what it has read: as when a network HSM drops its connections, all that was open is open no more.
    await endAll()
    await expect(sign(Buffer.from('x'))).rejects.toThrow()
    await expect(sign(Buffer.from('x'))).rejects.toThrow()
    execFileSync('rm', ['-r', tokens])
    renameSync(`${tokens}-away`, tokens)
    expect(await sign(Buffer.from('x'))).toHaveLength(64)
  })

  test('says plainly that there is no such token, or that the PIN is wrong', async () => {
    const vaults = [await open({ token: 'nobody' }), await open({ pin: '9999' })]
    await expect(vaults[0]!.held()).rejects.toThrow('no token "nobody"')
    for (const other of opened.splice(0)) await other.close()
    await expect(vaults[1]!.held()).rejects.toThrow(/PIN/)
  })
})
