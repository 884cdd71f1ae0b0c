import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { loadModule } from '../../src/signing/pkcs11.ts'

// A real PKCS#11 module, in software, with a token of the test's own. Where it or its binding is missing, what needs it
// is skipped.

const LIBRARY = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) => existsSync(path))
const UTIL = '/usr/bin/softhsm2-util'

const bound = await loadModule().then(
  () => true,
  () => false,
)

/** Why tests that need it are skipped; undefined where it is there. */
export const withoutSoftHsm =
  LIBRARY !== undefined && bound && existsSync(UTIL) ? undefined : 'SoftHSM or its binding is not installed'

export interface Token {
  readonly library: string
  readonly label: string
  readonly pin: string
  /** For SOFTHSM2_CONF of processes of their own. */
  readonly settings: string
  /** The module's library reads its environment; of this process the test has but a copy. */
  tellThisProcess(): Promise<void>
  /** As when somebody pulls the plug: nothing that is open is good any more. */
  takeAway(): Promise<void>
  putBack(): void
}

export function makeToken(folder: string): Token {
  const tokens = join(folder, 'tokens')
  const settings = join(folder, 'softhsm2.conf')
  const [label, pin] = ['pratu', '1234']
  mkdirSync(tokens)
  writeFileSync(settings, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  const words = ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '12345678']
  execFileSync(UTIL, words, { env: { ...process.env, SOFTHSM2_CONF: settings } })
  return {
    library: LIBRARY!,
    label,
    pin,
    settings,
    async tellThisProcess() {
      const worker = new Worker(`process.env.SOFTHSM2_CONF = ${JSON.stringify(settings)}`, {
        eval: true,
        env: SHARE_ENV,
      })
      await once(worker, 'exit')
    },
    async takeAway() {
      renameSync(tokens, `${tokens}-away`)
      mkdirSync(tokens)
      // SoftHSM keeps what it has read: C_Finalize, behind every vault's back, drops it as a network HSM its connections.
      const { default: binding } = await import('pkcs11js')
      const module = new binding.PKCS11()
      module.load(LIBRARY!)
      module.C_Finalize()
    },
    putBack() {
      rmSync(tokens, { recursive: true })
      renameSync(`${tokens}-away`, tokens)
    },
  }
}
