import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readCertificate } from '../../src/formats/certificate.ts'
import { openCardKeys } from '../../src/methods/certificates/card-keys.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import type { PersonStatus } from '../../src/persons/kind-and-status.ts'
import { rows } from '../../src/platform/db.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'
import { type CardService, startCardService } from '../support/card-service.ts'
import type { CardWish, TestCard } from '../support/cards.ts'
import { enterParty } from '../support/enter-party.ts'
import { callback, claimsOf, redeem, refresh, request, secretOfAgency, userInfo } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Whom a card names, by Web eID over HTTP: from the number on the card to the register, and everybody who does not get in.

const ORDINARY = '60001019906'
const E_RESIDENT = '1.3.6.1.4.1.51361.1.1.4'
const PEOPLE = [
  { code: '39001010011', status: 'deceased', family: 'Surnud' },
  { code: '49002010028', status: 'suspended', family: 'Peatatud' },
  { code: '39003010010', kind: 'e-resident', family: 'Eemal' },
  // Estonia and Lithuania give out numbers of one form: these two are two people.
  { code: '49004010016', family: 'Kask' },
  { code: '49004010016', scheme: 'LT', family: 'Kazlauskienė' },
  { code: '39005010014', scheme: 'LT', family: 'Vienas' },
]

let world: CardService
beforeAll(async () => {
  world = await startCardService({ issuer: `schemes=EE,LT assurance=high e-residents=${E_RESIDENT} test` })
  const file = join(world.folder, 'people.jsonl')
  const rows = PEOPLE.map(({ family, ...more }) =>
    JSON.stringify({
      scheme: 'EE',
      kind: 'citizen',
      status: 'active',
      given_name: 'Jaan',
      family_name: family,
      ...more,
    }),
  )
  writeFileSync(file, rows.join('\n'))
  const { db, audit, random, secrets, clock } = world.at.service.parts
  const sealer = openSealer(secrets.get('personal-data'), random)
  const indexer = openIndexer(secrets.get('blind-index'))
  const actor = { kind: 'operator', name: 'test' } as const
  const loaded = await importPersonsFile({ sealer, indexer, audit, clock, random }, db, {
    path: file,
    strict: true,
    actor,
  })
  if (!loaded.loaded) throw new Error('the people could not be imported')
  const words = { th: 'x', en: 'x', et: 'x' }
  await enterParty(world.at, 'residents', {
    redirect_uris: ['http://localhost:9/residents/callback'],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretOfAgency('residents'),
    agreement: {
      purpose: words,
      officer: 'officer@residents.example',
      valid_from: '2020-01-01',
      valid_to: '2090-01-01',
      e_residents: false,
      claims: [{ names: ['name'], ground: 'law', reference: words }],
    },
  })
  await enterParty(world.at, 'kinds', {
    redirect_uris: ['http://localhost:9/kinds/callback'],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretOfAgency('kinds'),
    agreement: {
      purpose: words,
      officer: 'officer@kinds.example',
      valid_from: '2020-01-01',
      valid_to: '2090-01-01',
      claims: [{ names: ['person_kind'], ground: 'law', reference: words }],
    },
  })
}, 60_000)
afterAll(() => world.close())

const cardOf = (code: string, family = 'KÕRVAL', given = 'JAAN', more: CardWish = {}): TestCard =>
  world.ca.card({
    curve: 'P-256',
    subject: [
      ['C', 'EE'],
      ['SN', family],
      ['GN', given],
      ['serialNumber', code],
    ],
    ...more,
  })
const nonceIn = (page: Page): string => /data-nonce="([^"]+)"/.exec(page.html)![1]!
const signed = (card: TestCard, page: Page): string =>
  JSON.stringify(card.token({ origin: world.at.issuer.replace('http:', 'https:'), nonce: nonceIn(page) }))

async function cardPage(visitor: Visitor, agency = 'tax', more: Record<string, string> = {}) {
  const asked = request(world.at.issuer, agency, { scope: 'openid', ...more })
  const choice = await visitor.open(asked.url)
  return { asked, page: await visitor.submit(choice, { method: 'smart-card' }) }
}

async function enter(card: TestCard, agency = 'tax', visitor = world.at.visitor(), more: Record<string, string> = {}) {
  const { asked, page } = await cardPage(visitor, agency, more)
  return { asked, visitor, end: await visitor.submit(page, { token: signed(card, page) }) }
}

const last = async () => (await world.audited()).at(-1)!

describe('a card by Web eID', () => {
  test('signs its holder in, at high, and the agency learns how', async () => {
    const { asked, end } = await enter(cardOf(`PNOEE-${ORDINARY}`, 'NÄIDIS', 'ÕNNE-MARI'))
    const { id_token } = await redeem(world.at.issuer, 'tax', callback(end).code!, asked.verifier)
    expect(claimsOf(id_token)).toMatchObject({ acr: 'high', amr: ['sc', 'pin', 'mfa', 'smart-card'] })
    const entry = await last()
    expect(entry).toMatchObject({ type: 'sign-in.succeeded', detail: { method: 'smart-card', acr: 'high' } })
    expect(entry.detail).not.toHaveProperty('names')
  })

  test('makes a sign-in by code surer, in the same session', async () => {
    const { at } = world
    const visitor = at.visitor()
    const [asked, surer] = [request(at.issuer, 'tax'), request(at.issuer, 'tax', { acr_values: 'high' })]
    const citizen = at.citizens.find(({ code }) => code === ORDINARY)!
    const form = await visitor.submit(await visitor.open(asked.url), { method: 'totp' })
    const fields = { scheme: 'EE', person_code: ORDINARY, code: citizen.oneTimeCode() }
    const before = await redeem(at.issuer, 'tax', callback(await visitor.submit(form, fields)).code!, asked.verifier)
    const page = await visitor.submit(await visitor.open(surer.url), { method: 'smart-card' })
    const end = await visitor.submit(page, { token: signed(cardOf(`PNOEE-${ORDINARY}`), page) })
    const after = await redeem(at.issuer, 'tax', callback(end).code!, surer.verifier)
    expect(claimsOf(after.id_token)).toMatchObject({ acr: 'high', sub: claimsOf(before.id_token).sub })
  })

  test('a token works once, and in no other browser', async () => {
    const visitor = world.at.visitor()
    const { page } = await cardPage(visitor)
    const token = signed(cardOf(`PNOEE-${ORDINARY}`), page)
    const stranger = world.at.visitor()
    const theirs = await cardPage(stranger)
    expect((await stranger.submit(theirs.page, { token })).trouble).toBe('PRT-1601')
    expect((await stranger.post(page.form!.action, { token })).trouble).toMatch(/^PRT-100[12]$/)
    const cookies = visitor.cookies()
    expect(callback(await visitor.submit(page, { token })).code).toBeDefined()
    const again = world.at.visitor()
    again.adopt(cookies)
    expect((await again.submit(page, { token })).trouble).toBe('PRT-1001')
  })

  test('a name that is not the register’s lets in, and the difference is on record without the names', async () => {
    const { end } = await enter(cardOf(`PNOEE-${ORDINARY}`, 'ENDINE', 'ÕNNE-MARI'))
    expect(callback(end).code).toBeDefined()
    const entry = await last()
    expect(entry).toMatchObject({ type: 'sign-in.succeeded', detail: { names: 'differ' } })
    expect(JSON.stringify(entry)).not.toMatch(/ENDINE|Näidis/i)
  })
})

describe('who does not get in has a code, a page and an entry of their own', () => {
  test.each<[string, string, string, PersonStatus | undefined]>([
    ['whom the register does not know', 'PNOEE-38001085718', 'PRT-1102', undefined],
    ['the dead', 'PNOEE-39001010011', 'PRT-1105', 'deceased'],
    ['the suspended', 'PNOEE-49002010028', 'PRT-1101', 'suspended'],
    ['whose bare number is two people’s', '49004010016', 'PRT-1608', undefined],
  ])('%s', async (_who, number, code) => {
    const { end } = await enter(cardOf(number))
    expect([end.status, end.trouble]).toEqual([403, code])
    expect(end.html).not.toContain(number.slice(-11))
    expect(await last()).toMatchObject({ type: 'sign-in.refused', detail: { code, method: 'smart-card' } })
  })

  test('a bare number that is one person’s, and a number with its country, are not doubtful', async () => {
    expect(callback((await enter(cardOf('39005010014'))).end).code).toBeDefined()
    expect(callback((await enter(cardOf('PNOEE-49004010016'))).end).code).toBeDefined()
  })
})

describe('an e-resident', () => {
  const card = () => cardOf('PNOEE-39003010010', 'EEMAL', 'JAAN', { policies: [E_RESIDENT] })

  test('is marked as one in the token', async () => {
    const { asked, end } = await enter(card(), 'kinds', world.at.visitor(), {
      claims: JSON.stringify({ id_token: { person_kind: null } }),
    })
    const { id_token } = await redeem(world.at.issuer, 'kinds', callback(end).code!, asked.verifier)
    expect(claimsOf(id_token)).toMatchObject({ person_kind: 'e-resident' })
    expect((await last()).detail).not.toHaveProperty('kind')
  })

  test('is refused by an agency whose agreement excludes them, others are not', async () => {
    const { end } = await enter(card(), 'residents')
    expect([end.status, end.trouble]).toEqual([403, 'PRT-1610'])
    expect(await last()).toMatchObject({ type: 'sign-in.refused', detail: { code: 'PRT-1610' } })
    expect(callback((await enter(cardOf(`PNOEE-${ORDINARY}`), 'residents')).end).code).toBeDefined()
  })

  test('with a session from elsewhere is not let through either, with a page and without one', async () => {
    const { visitor, end } = await enter(card())
    expect(callback(end).code).toBeDefined()
    const page = await visitor.open(request(world.at.issuer, 'residents', { scope: 'openid' }).url)
    expect([page.status, page.trouble]).toEqual([403, 'PRT-1610'])
    expect(await last()).toMatchObject({ type: 'sign-in.refused', detail: { code: 'PRT-1610' } })
    const silent = await visitor.open(request(world.at.issuer, 'residents', { scope: 'openid', prompt: 'none' }).url)
    expect(callback(silent)).toMatchObject({ error: 'access_denied' })
  })

  test('keeps no token of an agency that has begun to exclude them', async () => {
    const { at } = world
    const enters = (more: Record<string, boolean>) =>
      enterParty(
        at,
        'changing',
        {
          redirect_uris: ['http://localhost:9/changing/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'client_secret_basic',
          client_secret: secretOfAgency('changing'),
        },
        { refresh: true, ...more },
      )
    await enters({})
    const mayStay = await enter(cardOf(`PNOEE-${ORDINARY}`), 'changing')
    const must = await enter(card(), 'changing')
    const [theirs, hers] = [
      await redeem(at.issuer, 'changing', callback(mayStay.end).code!, mayStay.asked.verifier),
      await redeem(at.issuer, 'changing', callback(must.end).code!, must.asked.verifier),
    ]
    expect(await userInfo(at.issuer, hers.access_token)).toMatchObject({ status: 200 })
    await enters({ e_residents: false })
    expect(await userInfo(at.issuer, hers.access_token)).toMatchObject({ status: 401 })
    expect(await userInfo(at.issuer, theirs.access_token)).toMatchObject({ status: 200 })
    const refused = await refresh(at.issuer, 'changing', hers.refresh_token!)
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect((await refresh(at.issuer, 'changing', theirs.refresh_token!)).access_token).toBeDefined()
  })

  test('whose card says so against the register is let in, and the difference is on record', async () => {
    const { end } = await enter(
      cardOf(`PNOEE-${ORDINARY}`, 'NÄIDIS', 'ÕNNE-MARI', { policies: [E_RESIDENT] }),
      'residents',
    )
    expect(callback(end).code).toBeDefined()
    expect((await last()).detail).toMatchObject({ kind: 'differs' })
  })
})

describe('a key that two people’s cards have', () => {
  test('lets neither of them in from the moment that both have come, and each has a card with another key', async () => {
    const mine = cardOf(`PNOEE-${ORDINARY}`)
    expect(callback((await enter(mine)).end).code).toBeDefined()
    const keys = { publicKey: createPublicKey(mine.key), privateKey: mine.key }
    const theirs = cardOf('PNOEE-49004010016', 'KASK', 'JAAN', keys)
    for (const card of [theirs, mine, theirs]) {
      const { end } = await enter(card)
      expect([end.status, end.trouble]).toEqual([403, 'PRT-1601'])
      expect(await last()).toMatchObject({ type: 'sign-in.refused', detail: { because: 'shared-key' } })
    }
    expect(callback((await enter(cardOf('PNOEE-49004010016', 'KASK'))).end).code).toBeDefined()
    expect(callback((await enter(cardOf(`PNOEE-${ORDINARY}`))).end).code).toBeDefined()
    const kept = await rows<{ key: Buffer; holder: Buffer }>(world.at.database.db, 'select key, holder from card_key')
    expect(new Set(kept.map(({ key }) => key.toString('hex'))).size).toBe(kept.length)
  })

  test('is no such key where one person has two cards of it', async () => {
    const mine = cardOf(`PNOEE-${ORDINARY}`)
    const keys = { publicKey: createPublicKey(mine.key), privateKey: mine.key }
    for (const card of [mine, cardOf(`PNOEE-${ORDINARY}`, 'NÄIDIS', 'ÕNNE-MARI', keys)])
      expect(callback((await enter(card)).end).code).toBeDefined()
  })

  test('is noticed by two nodes at once, and forgotten when the certificate that lasts longest has ended', async () => {
    const { cardKeys, db, clock } = world.at.service.parts
    const other = openCardKeys(world.at.database.another())
    const mine = cardOf(`PNOEE-${ORDINARY}`)
    const card = readCertificate(mine.certificate)!
    const holders = Array.from({ length: 50 }, (_, n) => `PNOEE-${n % 2}`)
    await Promise.all(holders.map((holder, n) => (n % 4 < 2 ? cardKeys : other).sole(card, holder)))
    for (const holder of holders.slice(0, 2)) expect(await cardKeys.sole(card, holder)).toBe(false)
    expect(await cardKeys.purge(db, new Date(clock.now()))).toBe(0)
    expect(await cardKeys.purge(db, new Date(card.notAfter + 1))).toBeGreaterThan(0)
    expect(await cardKeys.sole(card, holders[0]!)).toBe(true)
  })
})
