import { createPrivateKey } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openFileVault } from '../../src/signing/file-vault.ts'
import { vaultContract } from '../contracts/vault.ts'
import { testSealer } from '../support/keys.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratu-vault-'))
})
afterAll(() => rm(folder, { recursive: true }))

const open = (name = 'signing') => openFileVault({ folder: join(folder, 'signing'), sealer: testSealer(name) })

vaultContract('file', async () => open())

describe('the files of a vault', () => {
  test('can be read by their owner alone, and hold no usable private key', async () => {
    const { kid } = await open().create('ES256')
    const path = join(folder, 'signing', `${kid}.json`)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'signing'))).mode & 0o777).toBe(0o700)
    const file = JSON.parse(await readFile(path, 'utf8')) as { private: string }
    expect(() => createPrivateKey({ key: Buffer.from(file.private, 'base64'), format: 'der', type: 'pkcs8' })).toThrow()
    expect(Object.keys(file).toSorted()).toEqual(['alg', 'kid', 'private', 'public'])
  })

  test('are refused when others may read them', async () => {
    const { kid } = await open().create('ES256')
    await chmod(join(folder, 'signing', `${kid}.json`), 0o640)
    await expect(open().signer(kid)).rejects.toThrow('can be read by others')
  })

  test('do not open with another key, nor under another name', async () => {
    const [one, two] = [await open().create('ES256'), await open().create('ES256')]
    await expect(open('somebody else').signer(one.kid)).rejects.toThrow()
    await rename(join(folder, 'signing', `${one.kid}.json`), join(folder, 'signing', `${two.kid}.json`))
    await expect(open().signer(two.kid)).rejects.toThrow()
    expect(await readdir(join(folder, 'signing'))).not.toContain(`${one.kid}.json`)
  })
})
