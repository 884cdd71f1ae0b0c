import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { verifies } from '../../src/signing/key-pair.ts'
import { type Keys, openKeys, STEPS, type Step, take } from './key-steps.ts'

// A process is killed at every word that a step of a key's life says to the database; after each death a new one looks.

const PROGRAM = join(import.meta.dirname, 'key-steps.ts')
const START = Date.parse('2026-11-22T00:00:00Z')
const DAY = 24 * 3_600_000

/** @returns true where it died, false where the step was done before its time came. */
async function dies(url: string, folder: string, now: number, step: Step, kid: string, cut: number): Promise<boolean> {
  const words = [PROGRAM, url, folder, String(now), step, kid, String(cut)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const [ended, signal] = await new Promise<[number | null, string | null]>((done) =>
    child.once('close', (code, signal) => done([code, signal])),
  )
  if (signal === null && ended !== 0) throw new Error(`the step failed: ${said}`)
  return signal === 'SIGKILL'
}

/** The ring as it is just before the step, made anew; the key that the step is about. */
async function ready(keys: Keys, step: Step): Promise<{ kid: string; now: number }> {
  const { db, clock, rotation, vault } = keys
  await rows(db, 'truncate signing_key, signing_private, key_schedule, audit_event cascade')
  for (const { kid } of await vault.held()) await vault.destroy(kid)
  clock.set(new Date(START).toISOString())
  if (step === 'first') return { kid: '', now: clock.now() }
  await take(keys, 'first', '')
  const [first] = await rotation.list(db)
  if (step === 'announce') return { kid: '', now: clock.now() }
  clock.advance(1_000)
  await take(keys, 'announce', '')
  const [fresh] = await rotation.list(db)
  clock.advance(rotation.waits.announced)
  if (step === 'promote' || step === 'promote-some') return { kid: fresh!.life.kid, now: clock.now() }
  if (step === 'revoke') return { kid: first!.life.kid, now: clock.now() }
  await take(keys, 'promote', fresh!.life.kid)
  clock.advance(rotation.waits.retiring)
  if (step === 'retire') return { kid: first!.life.kid, now: clock.now() }
  await take(keys, 'retire', first!.life.kid)
  clock.advance(31 * DAY)
  return { kid: first!.life.kid, now: clock.now() }
}

const NAMED = ['announced', 'signing', 'retiring', 'retired', 'removed']

/** What a node finds that starts after the power is back. */
async function whole(url: string, folder: string, now: number, step: Step, kid: string): Promise<void> {
  const keys = openKeys(url, folder, now)
  const { db, ring, rotation, vault } = keys
  try {
    // As at every start.
    await take(keys, 'first', '')
    await ring.refresh()
    const list = await rotation.list(db)
    const states = list.map(({ life }) => life.state)
    expect(states.filter((state) => !NAMED.includes(state))).toEqual([])
    expect(states.filter((state) => state === 'signing')).toEqual(['signing'])
    await ring.check()
    await ring.check({ client: 'tax', alg: 'ES256' })
    const key = ring.keyFor({ client: 'tax', alg: 'ES256' })!
    const data = Buffer.from('after the power cut')
    expect(verifies(key.publicJwk, data, await key.sign!(data))).toBe(true)
    expect(ring.jwks().keys.map((shown) => shown.kid)).toContain(key.kid)
    // Nothing is signed by a removed key, and whatever its death left over of it is destroyed at the next look.
    const removed = list.filter(({ life }) => life.state === 'removed').map(({ life }) => life.kid)
    for (const gone of removed) expect(ring.keys().map((one) => one.kid)).not.toContain(gone)
    await rotation.advance(db, { kind: 'service', part: 'schedule' })
    for (const gone of removed) expect(await vault.signer(gone)).toBeUndefined()
    // What was cut off can be done again, and is then done.
    const before = list.find(({ life }) => life.kid === kid)?.life.state
    await take(keys, step, kid)
    const { life } = (await rotation.list(db)).find((one) => one.life.kid === kid) ?? {}
    if (step === 'revoke' || step === 'remove') expect([before, life?.state]).toEqual([before, 'removed'])
    if (step === 'promote') expect(life?.state).toBe('signing')
    if (step === 'retire') expect(life?.state).toBe('retired')
  } finally {
    await keys.close()
  }
}

/** @param every which words: each, or for a shorter run every third. @returns how often the power was cut in each step. */
export async function cutPower(
  url: string,
  folder: string,
  steps: readonly Step[] = STEPS,
  every = 1,
): Promise<Readonly<Record<string, number>>> {
  const keys = openKeys(url, folder, START)
  const cuts: Record<string, number> = {}
  try {
    for (const step of steps)
      for (let cut = 1; ; cut += every) {
        const { kid, now } = await ready(keys, step)
        if (!(await dies(url, folder, now, step, kid, cut))) break
        cuts[step] = (cuts[step] ?? 0) + 1
        await whole(url, folder, now, step, kid)
      }
  } finally {
    await keys.close()
  }
  return cuts
}
