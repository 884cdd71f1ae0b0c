import pg from 'pg'
import { openAuditLog } from '../../src/audit/log.ts'
import { openDb } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openSealer } from '../../src/platform/seal.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openFileVault } from '../../src/signing/file-vault.ts'
import { openRing } from '../../src/signing/ring.ts'
import { openRotation } from '../../src/signing/rotation.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { testClock } from './clock.ts'
import { testKeys } from './keys.ts'

// One step of a key's life, in the process that it is run in. As a program: takes the step and kills itself with SIGKILL
// just before its n-th word to the database, for tests of what a power cut leaves behind.
//   node key-steps.ts URL FOLDER NOW STEP KID CUT

export const BY = { actor: { kind: 'operator', name: 'malee' }, why: 'a power cut' } as const
export const PARTIES = [{ client: 'tax', agency: 'revenue', alg: 'ES256' }] as const

export const STEPS = ['first', 'announce', 'promote-some', 'promote', 'retire', 'revoke', 'remove'] as const
export type Step = (typeof STEPS)[number]

export function openKeys(url: string, folder: string, now: number) {
  const { db, close } = openDb({ url, connections: 2, patience: 0 })
  const clock = testClock(new Date(now).toISOString())
  const sealer = (name: string) => openSealer(testKeys(name), systemRandom)
  const vaults = [
    folder === ''
      ? openDatabaseVault({ db, sealer: sealer('signing'), clock })
      : openFileVault({ folder, sealer: sealer('signing') }),
  ] as const
  const audit = openAuditLog({ sealer: sealer('audit'), clock, random: systemRandom })
  const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })
  const ring = openRing({ db, vaults, audit, clock })
  const rotation = openRotation({ vaults, audit, clock, waits, parties: async () => PARTIES })
  return { db, clock, vault: vaults[0], ring, rotation, close }
}

export type Keys = ReturnType<typeof openKeys>

export async function take({ db, ring, rotation }: Keys, step: Step, kid: string): Promise<void> {
  if (step === 'first') await ring.enterFirstKey(db, BY.actor, true)
  if (step === 'announce') await rotation.announce(db, BY)
  if (step === 'promote-some') await rotation.promote(db, kid, BY, ['revenue'])
  if (step === 'promote') await rotation.promote(db, kid, BY)
  if (step === 'retire') await rotation.retire(db, kid, BY)
  if (step === 'revoke') {
    await rotation.revoke(db, kid, BY)
    await rotation.clear(db)
  }
  if (step === 'remove') await rotation.advance(db, { kind: 'service', part: 'schedule' })
}

function dieAt(cut: number): void {
  const { prototype } = pg.Client as unknown as { prototype: { query(...words: unknown[]): unknown } }
  const { query } = prototype
  let words = 0
  prototype.query = function counted(...given) {
    words += 1
    if (words === cut) process.kill(process.pid, 'SIGKILL')
    return query.apply(this, given)
  }
}

if (process.argv[1] === import.meta.filename) {
  const [url = '', folder = '', now = '', step = '', kid = '', cut = ''] = process.argv.slice(2)
  dieAt(Number(cut))
  const keys = openKeys(url, folder, Number(now))
  await take(keys, step as Step, kid)
  await keys.close()
}
