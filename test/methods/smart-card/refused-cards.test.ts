import { beforeAll, describe, expect, test } from '@jest/globals'
import { readCertificate } from '../../../src/formats/certificate.ts'
import type { Issuer } from '../../../src/methods/certificates/trust.ts'
import { CARD_REFUSALS, type CardRefusalCode, CHECKS } from '../../../src/methods/certificates/verdict.ts'
import type { Needs, Step } from '../../../src/methods/smart-card/validation.ts'
import { type CardWorld, cardWorld, outcomeOf, trusted } from '../../support/card-validation.ts'
import { type CardWish, DAY, PERSON, type TestCard } from '../../support/cards.ts'

// Every way in which a card is wrong has a word of its own in the audit, and most have one text for whoever holds it
// (security bar §3 row 24).

let world: CardWorld
beforeAll(() => {
  world = cardWorld()
})

async function judge(card: TestCard, more: Partial<Needs> = {}, issuer: Partial<Issuer> = {}): Promise<string> {
  return outcomeOf(await world.validation(more, issuer).certificate(readCertificate(card.certificate)!))
}
const made = (wish: CardWish) => () => world.ca.card(wish)
const critical = (oid: string) => ({ more: [{ oid, critical: true, der: Buffer.from([5, 0]) }] })

interface Wrong {
  readonly card: () => TestCard
  readonly needs?: () => Partial<Needs>
  readonly issuer?: Partial<Issuer>
}

const day = (n: number) => world.clock.now() + n * DAY
const wrong: Readonly<Record<string, [CardRefusalCode, Wrong]>> = {
  'expired an hour ago': ['expired', { card: () => world.ca.card({ notAfter: world.clock.now() - 3_600_000 }) }],
  'expired a second ago': ['expired', { card: () => world.ca.card({ notAfter: world.clock.now() - 1_000 }) }],
  'valid from tomorrow': ['not-yet-valid', { card: () => world.ca.card({ notBefore: day(1) }) }],
  revoked: [
    'revoked',
    {
      card: made({}),
      needs: () => ({ revocation: { check: async () => ({ good: false, because: 'revoked', detail: '' }) } }),
    },
  ],
  'of a CA that nobody knows': [
    'unknown-issuer',
    { card: () => world.ca.card({ issuer: world.ca.authority('Another CA') }) },
  ],
  'of a CA with the same name and another key': ['same-name-other-key', { card: () => world.ca.twin().card() }],
  'signed by another card': [
    'unknown-issuer',
    { card: () => world.ca.card({ issuer: { subject: PERSON, key: world.ca.card().key } }) },
  ],
  'for signing documents': ['wrong-usage', { card: made({ keyUsage: ['nonRepudiation'] }) }],
  'for encrypting': ['wrong-usage', { card: made({ keyUsage: ['keyEncipherment', 'keyAgreement'] }) }],
  'without key usage': ['wrong-usage', { card: () => world.ca.card({ keyUsage: undefined as never }) }],
  'of a web server': ['wrong-usage', { card: made({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }) }],
  'that is a CA': ['wrong-usage', { card: made({ ca: {}, keyUsage: ['digitalSignature', 'keyCertSign'] }) }],
  'with a critical extension from elsewhere': ['unknown-extension', { card: made(critical('1.2.3.4.5')) }],
  'of a telephone': ['mobile-policy', { card: made({ policies: ['1.3.6.1.4.1.10015.1.3'] }) }],
  'of a telephone, among other policies': [
    'mobile-policy',
    { card: made({ policies: ['0.4.0.2042.1.2', '1.3.6.1.4.1.10015.18.1'] }) },
  ],
  'without the policy that its issuer is to have': [
    'wrong-policy',
    { card: made({ policies: ['1.2.3.9'] }), issuer: { policies: ['1.2.3.4'] } },
  ],
  'of a test CA in production': ['test-issuer', { card: made({}), issuer: { test: true } }],
  'with a short RSA key': ['weak-key', { card: made({ rsa: 1024 }) }],
  'that is blocked': [
    'blocked',
    {
      card: made({}),
      needs: () => ({ blocks: { blocking: () => ({ id: 'b1', reason: { th: 'ก', en: 'a', et: 'a' } }) } }),
    },
  ],
  'of an organisation': [
    'no-identifier',
    {
      card: made({
        subject: [
          ['C', 'EE'],
          ['O', 'OÜ Näidis'],
          ['CN', 'OÜ Näidis'],
          ['serialNumber', '60001019906'],
        ],
      }),
    },
  ],
  'with a passport’s number': ['no-identifier', { card: made({ subject: numbered('PASEE-60001019906') }) }],
  'with another country’s number': ['no-identifier', { card: made({ subject: numbered('PNOLV-020100-29990') }) }],
  'with a wrong check digit': ['no-identifier', { card: made({ subject: numbered('PNOEE-60001019907') }) }],
  'without a number': ['no-identifier', { card: () => world.ca.card({ subject: PERSON.slice(0, 4) }) }],
  'with two numbers': [
    'no-identifier',
    { card: () => world.ca.card({ subject: [...PERSON, ['serialNumber', 'PNOEE-38001085718']] }) },
  ],
}

function numbered(serialNumber: string): NonNullable<CardWish['subject']> {
  return [
    ['C', 'EE'],
    ['SN', 'NÄIDIS'],
    ['GN', 'ÕNNE-MARI'],
    ['serialNumber', serialNumber],
  ]
}

describe('a card', () => {
  test('that is right in everything is accepted, with a bare number and without extended key usage too', async () => {
    expect(await judge(world.ca.card())).toBe('ok')
    expect(await judge(world.ca.card({ subject: numbered('60001019906') }))).toBe('ok')
    expect(await judge(world.ca.card({ extendedKeyUsage: undefined as never }))).toBe('ok')
    expect(await judge(world.ca.card({ policies: ['1.2.3.4'] }), {}, { policies: ['1.2.3.4'] })).toBe('ok')
    expect(await judge(world.ca.card(), { production: false }, { test: true })).toBe('ok')
  })

  test('is good until its last second', async () => {
    const now = world.clock.now()
    expect(await judge(world.ca.card({ notAfter: now }))).toBe('ok')
    expect(await judge(world.ca.card({ notBefore: now }))).toBe('ok')
  })

  test.each(Object.keys(wrong))('%s is refused, under its own word', async (name) => {
    const [code, { card, needs, issuer }] = wrong[name]!
    expect(await judge(card(), needs?.(), issuer)).toBe(code)
  })
})

describe('what stands above a card', () => {
  /** The outcome for a card of a CA that was made so, whatever the folder of issuers would have said of it. */
  async function below(wish: Parameters<typeof world.ca.authority>[1], card: CardWish = {}, above = world.ca.root) {
    const ca = world.ca.authority('CA made for this', wish, above)
    const issuers = [trusted(above === world.ca.root ? [ca, world.ca.root] : [ca, above, world.ca.root])]
    return judge(world.ca.card({ issuer: ca, ...card }), { issuers })
  }

  test('must be a CA that may sign certificates, and be valid at this time', async () => {
    expect(await below({})).toBe('ok')
    expect(await below({ ca: undefined as never })).toBe('issuer-unfit')
    expect(await below({ keyUsage: ['digitalSignature', 'cRLSign'] })).toBe('issuer-unfit')
    expect(await below({ notAfter: world.clock.now() - DAY })).toBe('issuer-expired')
    expect(await below({ notBefore: world.clock.now() + DAY })).toBe('issuer-expired')
    expect(await below(critical('1.2.3.4.5'))).toBe('issuer-unfit')
  })

  test('may have no more CAs below it than it says', async () => {
    const narrow = world.ca.authority('A CA for cards alone', { ca: { below: 0 } })
    const ca = world.ca.authority('One below it', {}, narrow)
    const issuers = [trusted([ca, narrow])]
    expect(await judge(world.ca.card({ issuer: ca }), { issuers })).toBe('issuer-unfit')
  })

  test('may be held to names: within them a card is accepted, outside and in what is excluded it is not', async () => {
    const estonia = [[['C', 'EE']]] as const
    expect(await below({ permitted: estonia })).toBe('ok')
    expect(await below({ permitted: [[['C', 'ee']]] })).toBe('ok')
    expect(await below({ permitted: [[['C', 'LV']]] })).toBe('name-constraint')
    expect(await below({ excluded: estonia })).toBe('name-constraint')
    expect(await below({ excluded: [[['C', 'LV']]] })).toBe('ok')
    expect(
      await below({
        permitted: [
          [
            ['C', 'EE'],
            ['O', 'Ministry'],
          ],
        ],
      }),
    ).toBe('name-constraint')
  })
})

describe('the table of refusals', () => {
  test('tells a person more than one common text only where that helps nobody who attacks', () => {
    const told = Object.entries(CARD_REFUSALS).filter(([, { trouble }]) => trouble !== 'PRT-1601')
    const codes = Object.fromEntries(told.map(([code, { trouble }]) => [code, trouble]))
    expect(codes).toMatchObject({
      expired: 'PRT-1602',
      'not-yet-valid': 'PRT-1602',
      revoked: 'PRT-1606',
      blocked: 'PRT-1603',
    })
    const hidden: CardRefusalCode[] = [
      'unknown-issuer',
      'same-name-other-key',
      'wrong-usage',
      'mobile-policy',
      'test-issuer',
      'name-constraint',
      'weak-key',
      'signature-invalid',
    ]
    for (const code of hidden) expect(CARD_REFUSALS[code].trouble).toBe('PRT-1601')
  })

  test('the steps are taken in the documented order, and the first that fails is the last', async () => {
    const steps: Step[] = []
    const card = readCertificate(world.ca.card({ policies: ['1.3.6.1.4.1.10015.1.3'] }).certificate)!
    await world.validation().certificate(card, (step) => steps.push(step))
    expect(steps.map(({ check, passed }) => [check, passed])).toEqual([
      ['purpose', true],
      ['policies', false],
    ])
    steps.length = 0
    const nonce = 'n'.repeat(44)
    const token = JSON.stringify(world.ca.card().token({ origin: 'https://id.example', nonce }))
    await world.validation().token(token, { origin: 'https://id.example', nonce }, (step) => steps.push(step))
    expect(steps.map(({ check }) => check)).toEqual(CHECKS)
    expect(JSON.stringify(steps)).not.toMatch(/60001019906|NÄIDIS/)
  })
})
