import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Holder, openCardAuthority } from '../../../src/demo/cards/authority.ts'
import { openReader, PIN } from '../../../src/demo/cards/reader.ts'
import { openCards } from '../../../src/methods/smart-card/cards.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { openMetrics } from '../../../src/platform/metrics.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { testClock } from '../../support/clock.ts'
import { testFolder } from '../../support/folder.ts'

const { path: folder, remove } = testFolder()
const clock = testClock()
const machine = { clock, random: systemRandom }
const MALI: Holder = { scheme: 'TH', code: '1999900004043', kind: 'citizen', given: 'Mali' }
const KENJI: Holder = { scheme: 'EE', code: '38001085718', kind: 'e-resident', given: 'Kenji', family: 'Prøve' }
const first = openCardAuthority(folder, [MALI], machine)
afterAll(remove)

describe('the card authority of the demo', () => {
  test('keeps at the next start what it made, and makes a card for who came since', () => {
    const again = openCardAuthority(folder, [MALI, KENJI], machine)
    expect(again.issuing.certificate.equals(first.issuing.certificate)).toBe(true)
    expect(again.cards.map(({ code }) => code)).toEqual([MALI.code, KENJI.code])
    expect(again.cards[0]!.serial).toBe(first.cards[0]!.serial)
    expect([first.statusOf(again.cards[1]!.serial), again.statusOf(again.cards[1]!.serial)]).toEqual([
      'unknown',
      'good',
    ])
  })

  test('keeps the keys where only the owner reads them', () => {
    const path = join(folder, 'demo-cards.json')
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(readFileSync(path, 'utf8')).toContain('PRIVATE KEY')
  })

  test('writes on the card what an Estonian one says: number, names, and that it signs people in', () => {
    const { cards } = openCardAuthority(folder, [MALI, KENJI], machine)
    const [mali, kenji] = cards.map(({ certificate }) => new X509Certificate(certificate).toLegacyObject().subject)
    expect(kenji).toEqual({
      C: 'EE',
      CN: 'PRØVE,KENJI,38001085718',
      SN: 'PRØVE',
      GN: 'KENJI',
      serialNumber: 'PNOEE-38001085718',
    })
    // Nobody is given a family name that they don't have.
    expect(mali).toEqual({ C: 'TH', CN: 'MALI,1999900004043', GN: 'MALI', serialNumber: 'PNOTH-1999900004043' })
  })

  test('tells the service all that it must know: its cards are accepted, e-residents are told apart', async () => {
    const authority = openCardAuthority(folder, [MALI, KENJI], machine)
    const issuers = join(folder, 'issuers')
    authority.writeIssuers(issuers, 'http://127.0.0.1:9/')
    const artifacts = openMemoryArtifacts({ clock })
    const service = openCards({
      folder: issuers,
      production: false,
      origin: 'https://localhost:3000',
      allow: [],
      blocks: { blocking: () => undefined },
      keys: undefined,
      artifacts,
      log: silentLog,
      metrics: openMetrics(),
      ...machine,
    })
    expect(service.issuers).toMatchObject([{ id: 'demo', schemes: ['TH', 'EE'], assurance: 'high', test: true }])
    expect(service.issuers[0]!.eResidents).toHaveLength(1)
    expect(service.issuers[0]!.policies).toContain(service.issuers[0]!.eResidents[0])
    await service.close()
    await artifacts.close()
  })
})

describe('the card in the reader', () => {
  const { cards } = first
  const card = cards[0]!.serial
  const wanted = { card, pin: PIN, nonce: 'A'.repeat(44), origin: 'https://localhost:3000' }

  test('signs for the right PIN, and forgets the wrong ones then', () => {
    const reader = openReader(cards)
    expect(reader.sign({ ...wanted, pin: '0000' })).toEqual({ ok: false, because: 'wrong-pin', left: 2 })
    expect(reader.sign(wanted)).toMatchObject({ ok: true, token: { algorithm: 'ES384', format: 'web-eid:1.0' } })
    expect(reader.triesLeft(card)).toBe(3)
  })

  test('is locked by the third wrong PIN in a row, even for the right one, until the PUK', () => {
    const reader = openReader(cards)
    const tries = ['1', '2', '3'].map((pin) => reader.sign({ ...wanted, pin }))
    expect(tries.at(-1)).toEqual({ ok: false, because: 'blocked' })
    expect(reader.sign(wanted)).toEqual({ ok: false, because: 'blocked' })
    expect(reader.setBlocked(card, false)).toBe(true)
    expect(reader.sign(wanted).ok).toBe(true)
    expect(reader.setBlocked(card, true)).toBe(true)
    expect(reader.sign(wanted)).toEqual({ ok: false, because: 'blocked' })
  })

  test('signs no nonce that the real program would refuse, and counts no PIN for it', () => {
    const reader = openReader(cards)
    for (const nonce of ['', 'A'.repeat(43), 'A'.repeat(129), `${'A'.repeat(44)}\n`, 'Ä'.repeat(44)])
      expect(reader.sign({ ...wanted, pin: '0', nonce })).toEqual({ ok: false, because: 'invalid-nonce' })
    expect(reader.triesLeft(card)).toBe(3)
  })

  test('knows no other card', () => {
    const reader = openReader(cards)
    expect(reader.sign({ ...wanted, card: 'FF' })).toEqual({ ok: false, because: 'no-such-card' })
    expect(reader.setBlocked('FF', true)).toBe(false)
  })
})
