import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cell, type Sealer } from '../platform/seal.ts'
import { makeKeyPair, signerOf } from './key-pair.ts'
import type { Algorithm, PublicJwk, Vault } from './vault.ts'

// Private keys as files: one JSON each, readable by the service alone, its private half sealed under a key that compose
// hands over, so that a copy of the folder without the master key signs nothing. All nodes share the folder's content.

export interface Needs {
  /** Made when missing. */
  readonly folder: string
  readonly sealer: Sealer
}

export interface KeyFile {
  readonly kid: string
  readonly alg: Algorithm
  readonly public: PublicJwk
  /** base64 of the sealed PKCS #8 structure. */
  readonly private: string
}

export const privateFileBinding = (kid: string): string => cell('signing-key', 'private', kid)

export function openFileVault({ folder, sealer }: Needs): Vault {
  const path = (kid: string): string => join(folder, `${kid}.json`)

  return {
    name: 'file',
    lacks: async () => undefined,

    async create(alg) {
      const { kid, publicJwk, der } = await makeKeyPair(alg)
      const sealed = sealer.seal(der, privateFileBinding(kid))
      const file: KeyFile = { kid, alg, public: publicJwk, private: sealed.toString('base64') }
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeDurably(path(kid), `${JSON.stringify(file, null, 2)}\n`, folder)
      return { kid, publicJwk }
    },

    async held() {
      const names = await readdir(folder).catch(() => [])
      const files = await Promise.all(
        names
          .filter((name) => /^[\w-]{43}\.json$/.test(name))
          .map(async (name) => {
            const { kid, public: publicJwk } = JSON.parse((await read(join(folder, name))) ?? '{}') as KeyFile
            return { kid, publicJwk, made: (await stat(join(folder, name))).mtimeMs }
          }),
      )
      return files.toSorted((a, b) => b.made - a.made).map(({ kid, publicJwk }) => ({ kid, publicJwk }))
    },

    async signer(kid) {
      // A kid comes from the database; one that could name another file is none of ours.
      if (!/^[\w-]{43}$/.test(kid)) return undefined
      const text = await read(path(kid))
      if (text === undefined) return undefined
      const file = JSON.parse(text) as KeyFile
      return signerOf(sealer.open(Buffer.from(file.private, 'base64'), privateFileBinding(kid)), kid)
    },

    async destroy(kid) {
      if (/^[\w-]{43}$/.test(kid)) await rm(path(kid), { force: true })
    },
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) throw new Error(`${path} can be read by others: chmod 600 it`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** On the disk, name included, before it returns: a key that signed once must not be gone after a power cut. */
async function writeDurably(path: string, text: string, folder: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
