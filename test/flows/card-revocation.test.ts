import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { readCertificate } from '../../src/formats/certificate.ts'
import { pause } from '../../src/platform/clock.ts'
import { type CardService, startCardService } from '../support/card-service.ts'
import { openCardSignIns } from '../support/card-sign-in.ts'
import type { TestCard } from '../support/cards.ts'
import { callback, startService, type TestService } from '../support/service.ts'

// A country's revocation service on a bad day, and a batch of cards that must be stopped: what people meet at the door.

let world: CardService
let beside: TestService
let card: TestCard
let signIns: ReturnType<typeof openCardSignIns>
beforeAll(async () => {
  world = await startCardService()
  beside = await startService({ beside: world.at, settings: { PRATU_CARD_ISSUERS: world.folder } })
  card = world.ca.card({ curve: 'P-256' })
  signIns = openCardSignIns(world, card)
}, 60_000)
afterEach(() => world.responder.order(undefined))
afterAll(async () => {
  await beside.close()
  await world.close()
})

test('after five failures the page says that cards can not be used now, and soon offers them again by itself', async () => {
  const off = /id="method-smart-card"[^>]* disabled/
  expect(callback(await signIns.enter()).code).toBeDefined()
  world.responder.order({ answer: 'status-500' })
  for (let each = 0; each < 5; each++) {
    const page = await signIns.enter()
    expect([page.status, page.trouble]).toEqual([503, 'PRT-1604'])
  }
  expect((await signIns.choose()).html).toMatch(off)
  const metrics = await (await fetch(`${world.at.issuer}/metrics`)).text()
  expect(metrics).toContain('pratu_card_revocation_closed 1')
  world.responder.order(undefined)
  world.at.clock.advance(10_000)
  expect((await signIns.choose()).html).not.toMatch(off)
  expect(callback(await signIns.enter()).code).toBeDefined()
}, 60_000)

test('a block is in force on every node within seconds, tells its reason in each language, and ends', async () => {
  const { db, cardBlocks } = world.at.service.parts
  const reason = {
    th: 'บัตรรุ่นนี้ถูกระงับชั่วคราว',
    en: 'Cards of this batch were stopped.',
    et: 'Selle partii kaardid peatati.',
  }
  const by = { actor: { kind: 'operator', name: 'test' } as const, why: 'a batch' }
  const mine = readCertificate(card.certificate)!
  const { id } = await cardBlocks.add(db, { issuer: 'test-cards', reason }, by)
  const begun = performance.now()
  for (const node of [world.at, beside])
    while (!node.service.parts.cardBlocks.blocking(mine, { id: 'test-cards' })) {
      expect(performance.now() - begun).toBeLessThan(30_000)
      await pause(50)
    }
  for (const language of ['th', 'en', 'et'] as const) {
    const page = await signIns.enter(world.at.visitor(language))
    expect([page.status, page.trouble]).toEqual([403, 'PRT-1603'])
    expect(page.html).toContain(reason[language])
  }
  await cardBlocks.lift(db, id, by)
  await cardBlocks.refresh()
  expect(callback(await signIns.enter()).code).toBeDefined()
}, 60_000)
