import { spawn } from 'node:child_process'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

// The RSA key of the demo's accounts, in the provider's own length. Finding one takes a minute of one core: another
// process does it, with the least priority, the first time only, and nobody waits for it save who confirms meanwhile.

export interface AccountKey {
  /** When it is there. */
  readonly key: () => Promise<KeyObject>
  close(): Promise<void>
}

const FILE = 'demo-smart-id-key.pem'
const MAKER = fileURLToPath(new URL('make-key.ts', import.meta.url))
const LOWEST = 19

export function openAccountKey(data: string): AccountKey {
  const path = join(data, FILE)
  if (existsSync(path)) {
    const key = Promise.resolve(createPrivateKey(readFileSync(path)))
    return { key: () => key, close: async () => {} }
  }
  const maker = spawn(process.execPath, [MAKER], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => maker.once('close', () => resolve()))
  const key = made()
  // Who waits for it hears of it; nobody may wait.
  key.catch(() => undefined)

  async function made(): Promise<KeyObject> {
    await new Promise((resolve, reject) => maker.once('spawn', resolve).once('error', reject))
    if (maker.pid !== undefined) setPriority(maker.pid, LOWEST)
    const pem = await text(maker.stdout)
    const found = createPrivateKey(pem)
    writeFileSync(`${path}.new`, pem, { mode: 0o600 })
    renameSync(`${path}.new`, path)
    return found
  }

  return {
    key: () => key,
    async close() {
      maker.kill('SIGKILL')
      await ended
    },
  }
}
