import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../platform/random.ts'
import type { Sealer } from '../platform/seal.ts'
import { type KeyFile, privateFileBinding } from './file-vault.ts'

/**
 * Seals private halves in files anew where they lie under a former key: each machine does so with its own. A file is
 * replaced whole or not at all.
 * @returns under which versions the files lie then; a former one where the folder can't be written or the file not be opened.
 */
export async function resealFiles(folder: string, sealer: Sealer, random: Pick<Random, 'token'>): Promise<number[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[\w-]{43}\.json$/.test(name))
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const file = JSON.parse(await readFile(path, 'utf8')) as KeyFile
      const sealed = Buffer.from(file.private, 'base64')
      if (sealed[0] === sealer.version()) return sealer.version()
      const draft = `${path}.${random.token(64)}`
      try {
        const binding = privateFileBinding(file.kid)
        const anew = sealer.seal(sealer.open(sealed, binding), binding).toString('base64')
        const text = `${JSON.stringify({ ...file, private: anew }, null, 2)}\n`
        await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true })
        await rename(draft, path)
        return sealer.version()
      } catch {
        return sealed[0]!
      } finally {
        await rm(draft, { force: true }).catch(() => undefined)
      }
    }),
  )
}
