import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../../src/audit/log.ts'
import { openAuditReading } from '../../../src/audit/read.ts'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { type Conditions, MOST_SERIALS, serialList } from '../../../src/methods/certificates/block.ts'
import { type CardBlocks, openCardBlocks } from '../../../src/methods/certificates/blocks.ts'
import { openDb, rows } from '../../../src/platform/db.ts'
import { type CardWish, testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { testRandom, testSealer } from '../../support/keys.ts'
import { OPERATOR } from '../../support/relying-parties.ts'

const clock = testClock()
const ca = testCardCa({ clock })
const sealer = testSealer('audit-payload')
const audit = openAuditLog({ sealer, clock, random: testRandom() })
const REASON = { th: 'บัตรรุ่นนี้ถูกระงับ', en: 'Cards of this batch are stopped.', et: 'Selle partii kaardid on peatatud.' }
const BY = { actor: OPERATOR, why: 'CVE-2017-15361' }
const ISSUER = { id: 'esteid' }

let database: TestDatabase
const nodes: CardBlocks[] = []
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
  await rows(database.db, 'delete from card_block')
})

function node(more: Partial<Parameters<typeof openCardBlocks>[0]> = {}): CardBlocks {
  const blocks = openCardBlocks({ db: database.another(), audit, clock, ...more })
  nodes.push(blocks)
  return blocks
}

const card = (wish: CardWish = {}) => readCertificate(ca.card(wish).certificate)!

describe('a block of cards', () => {
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`)
  const mine = card({ rsa: 2048, notBefore: Date.parse('2017-10-25T12:00:00Z') })
  const cases: [string, Conditions, boolean][] = [
    ['its issuer', { issuer: 'esteid' }, true],
    ['another issuer', { issuer: 'fineid' }, false],
    ['the day it was issued', { issuedFrom: at('2017-10-25'), issuedBefore: at('2017-10-26') }, true],
    ['the days before', { issuedBefore: at('2017-10-25') }, false],
    ['the days after', { issuedFrom: at('2017-10-26') }, false],
    ['its kind of key', { keyType: 'rsa' }, true],
    ['its kind of key with the size', { keyType: 'rsa-2048' }, true],
    ['another size', { keyType: 'rsa-4096' }, false],
    ['another kind of key', { keyType: 'ec' }, false],
    ['a kind of key that a later version knows', { keyType: 'lattice' }, false],
    ['a list with its serial number', { issuer: 'esteid', serials: serialList(['01', mine.serial, 'FF']) }, true],
    ['a list without it', { issuer: 'esteid', serials: serialList(['01', 'FF']) }, false],
    ['its issuer and another kind of key', { issuer: 'esteid', keyType: 'ec' }, false],
  ]
  test.each(cases)('by %s', async (_what, conditions, covered) => {
    const blocks = node()
    const { id } = await blocks.add(database.db, { ...conditions, reason: REASON }, BY)
    await blocks.refresh()
    expect(blocks.blocking(mine, ISSUER)).toEqual(covered ? { id, reason: REASON } : undefined)
  })

  test.each(['P-256', 'P-384', 'P-521'] as const)('by the curve %s covers no other', async (curve) => {
    const blocks = node()
    await blocks.add(database.db, { keyType: `ec-${curve.replace('-', '').toLowerCase()}`, reason: REASON }, BY)
    await blocks.refresh()
    for (const other of ['P-256', 'P-384', 'P-521'] as const)
      expect(blocks.blocking(card({ curve: other }), ISSUER) !== undefined).toBe(other === curve)
  })

  test('without any condition is refused by the database itself', async () => {
    await expect(node().add(database.db, { reason: REASON }, BY)).rejects.toThrow(/check/)
  })

  test('is on record with who, why and what, and so is its end', async () => {
    const blocks = node()
    const { id } = await blocks.add(database.db, { issuer: 'esteid', keyType: 'rsa', reason: REASON }, BY)
    expect(await blocks.lift(database.db, id, { ...BY, why: 'cards were renewed' })).toMatchObject({ id })
    expect(await blocks.lift(database.db, id, BY)).toBeUndefined()
    const reading = openAuditReading({ sealer, audit })
    const entries = await reading.read(database.db, OPERATOR, { type: 'cards.blocked', persons: true })
    expect(entries.at(-1)).toMatchObject({
      actor: OPERATOR,
      detail: { block: id, issuer: 'esteid', keyType: 'rsa', why: 'CVE-2017-15361', reason: REASON },
    })
  })
})

describe('every node', () => {
  test('has a block within a poll of two seconds, and forgets a lifted one, without a restart', async () => {
    // Each look of the node begins when the test lets its pause end, and is over when the next pause begins.
    const looks: { ms: number; go: () => void }[] = []
    let heard = () => {}
    const far = node({
      pause: (ms) =>
        new Promise((go) => {
          looks.push({ ms, go })
          heard()
        }),
    })
    const looked = async () => {
      const over = Promise.withResolvers<void>()
      heard = over.resolve
      looks.at(-1)!.go()
      await over.promise
    }
    await far.watch()
    const mine = card()
    const { id } = await node().add(database.db, { issuer: 'esteid', reason: REASON }, BY)
    expect(far.blocking(mine, ISSUER)).toBeUndefined()
    await looked()
    expect(far.blocking(mine, ISSUER)).toEqual({ id, reason: REASON })
    await node().lift(database.db, id, BY)
    await looked()
    expect(far.blocking(mine, ISSUER)).toBeUndefined()
    expect(looks.map(({ ms }) => ms)).toEqual([2_000, 2_000, 2_000])
    looks.at(-1)!.go()
  })

  test('keeps what it knows while the database is away', async () => {
    const broken = openDb({ url: database.url, patience: 700 })
    const blocks = openCardBlocks({ db: broken.db, audit, clock })
    await blocks.add(database.db, { issuer: 'esteid', reason: REASON }, BY)
    await blocks.refresh()
    await broken.close()
    await expect(blocks.refresh()).rejects.toThrow()
    expect(blocks.blocking(card(), ISSUER)).toBeDefined()
    await blocks.close()
  })

  test('learns the longest list with the patience that a service has', async () => {
    const { db, close } = openDb({ url: database.url, patience: 700 })
    const mine = card()
    const others = Array.from({ length: MOST_SERIALS - 1 }, (_, at) => at.toString(16).padStart(16, '0').toUpperCase())
    const serials = serialList([...others, mine.serial])
    await node().add(database.db, { issuer: 'esteid', serials, reason: REASON }, BY)
    const blocks = openCardBlocks({ db, audit, clock })
    // A busy machine may be too slow once; a node looks again every two seconds and has a minute.
    for (let looks = 0; looks < 20 && !blocks.blocking(mine, ISSUER); looks++)
      await blocks.refresh().catch(() => undefined)
    expect(blocks.blocking(mine, ISSUER)).toBeDefined()
    expect(blocks.blocking(card(), ISSUER)).toBeUndefined()
    await close()
  })
})
