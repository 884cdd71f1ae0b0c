import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PUBLISHED, type Published } from '../../src/demo/smart-id-service/published.ts'
import { callback, claimsOf, redeem, request } from '../support/service.ts'
import { type SmartIdTest, startSmartId } from '../support/smart-id.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Smart-ID by a typed person code, where an operator has allowed it: a telephone rings, its holder picks the number that
// the page shows. It proves less than a scanned code, and rings only so often.

let world: SmartIdTest
beforeAll(async () => {
  world = await startSmartId({ notification: 'substantial', settings: { PRATU_SCHEMES: 'TH,EE,LV,LT,BE' } })
}, 60_000)
afterAll(() => world.close())
// Each story finds a telephone that has had its peace.
beforeEach(() => world.at.clock.advance(11 * 60_000))

async function begun(more: Record<string, string> = {}) {
  const visitor = world.at.visitor()
  const asked = request(world.at.issuer, 'tax', more)
  const start = await visitor.submit(await visitor.open(asked.url), { method: 'smart-id' })
  return { visitor, asked, start, step: new URL(start.url).pathname }
}

const ring = async (visitor: Visitor, step: string, scheme: string, code: string) =>
  visitor.post(step, { way: 'code', scheme, person_code: code })

const shown = ({ html }: Page): string | undefined => /<output id="code"[^>]*>(\d{4})</.exec(html)?.[1]

/** Until the page has something else to say than the number. */
async function answered(visitor: Visitor, step: string): Promise<Page> {
  for (let n = 0; n < 600; n++) {
    const look = JSON.parse((await visitor.open(`${step}/poll`)).html) as { come: boolean }
    if (look.come) return visitor.open(`${step}/wait`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('nothing was heard')
}

describe('by a typed person code', () => {
  const somying = '1999900001010'

  test('the telephone offers three numbers, and the one on the page lets its holder in, substantially', async () => {
    const { visitor, asked, step } = await begun()
    const page = await ring(visitor, step, 'TH', somying)
    const code = shown(page)
    const [rung] = world.phones.find(world.people[0]!.phone)!.rings
    expect(rung?.text).toBe('Sign in to: Site of tax')
    expect(rung?.codes).toHaveLength(3)
    expect(rung?.codes).toContain(code)
    world.phones.answer(world.people[0]!.phone, rung!.id, 'confirm', code)
    const tokens = await redeem(world.at.issuer, 'tax', callback(await answered(visitor, step)).code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'substantial' })
  })

  test('another number than the one on the page is PRT-1804', async () => {
    const { visitor, step } = await begun()
    const code = shown(await ring(visitor, step, 'TH', somying))
    const [rung] = world.phones.find(world.people[0]!.phone)!.rings
    world.phones.answer(
      world.people[0]!.phone,
      rung!.id,
      'confirm',
      rung!.codes!.find((one) => one !== code),
    )
    expect((await answered(visitor, step)).trouble).toBe('PRT-1804')
  })

  test('a person code with a wrong check digit rings nowhere', async () => {
    const { visitor, step } = await begun()
    const before = world.provider.opened()
    expect((await ring(visitor, step, 'TH', '1999900001011')).trouble).toBe('PRT-1205')
    expect(world.provider.opened()).toBe(before)
  })

  test('whose answer is another person’s is PRT-1837', async () => {
    const { visitor, step } = await begun()
    const code = shown(await ring(visitor, step, 'TH', somying))
    const [rung] = world.phones.find(world.people[0]!.phone)!.rings
    world.provider.order('another-person', 1)
    world.phones.answer(world.people[0]!.phone, rung!.id, 'confirm', code)
    expect((await answered(visitor, step)).trouble).toBe('PRT-1837')
  })

  test('nobody with an account is PRT-1823', async () => {
    const { visitor, step } = await begun()
    expect((await ring(visitor, step, 'EE', '39001010011')).trouble).toBe('PRT-1823')
  })

  test('rings once at a time, and not again for a minute after a refusal', async () => {
    const one = await begun()
    await ring(one.visitor, one.step, 'TH', somying)
    const two = await begun()
    expect((await ring(two.visitor, two.step, 'TH', somying)).trouble).toBe('PRT-2402')
    const { phone, rings } = world.phones.find(world.people[0]!.phone)!
    expect(rings).toHaveLength(1)
    world.phones.answer(phone, rings[0]!.id, 'refuse')
    expect((await answered(one.visitor, one.step)).trouble).toBe('PRT-1801')
    expect((await ring(two.visitor, two.step, 'TH', somying)).trouble).toBe('PRT-2403')
    world.at.clock.advance(61_000)
    expect(shown(await ring(two.visitor, two.step, 'TH', somying))).toMatch(/^\d{4}$/)
    for (const { id } of world.phones.find(phone)!.rings) world.phones.answer(phone, id, 'refuse')
    await answered(two.visitor, two.step)
  })

  test('the button pressed twice leads to the one page that waits, and rings once', async () => {
    const { visitor, step } = await begun()
    const before = world.provider.opened()
    const pages = await Promise.all([1, 2, 3].map(() => ring(visitor, step, 'TH', somying)))
    expect(pages.map(({ trouble }) => trouble)).toEqual([undefined, undefined, undefined])
    expect(new Set(pages.map(shown)).size).toBe(1)
    expect(shown(pages[0]!)).toMatch(/^\d{4}$/)
    expect(world.provider.opened()).toBe(before + 1)
    const { phone, rings } = world.phones.find(world.people[0]!.phone)!
    for (const { id } of rings) world.phones.answer(phone, id, 'refuse')
    await answered(visitor, step)
  })

  test('is not offered where more is asked than it proves, and not taken either', async () => {
    const { visitor, start, step } = await begun({ acr_values: 'high' })
    expect(start.html).not.toContain('id="notify"')
    const before = world.provider.opened()
    await ring(visitor, step, 'TH', somying)
    expect(world.provider.opened()).toBe(before)
  })
})

describe('the provider’s published test accounts', () => {
  const known: Record<string, string> = {
    USER_REFUSED: 'PRT-1801',
    TIMEOUT: 'PRT-1802',
    WRONG_VC: 'PRT-1804',
    USER_REFUSED_INTERACTION: 'PRT-1807',
  }
  /** Whoever confirms is nobody whom this register knows; a basic account is not enough; one code has a wrong check digit. */
  function expected({ document, ends, level }: Published): string | undefined {
    if (document === 'PNOBE-05040400032-DEMO-Q') return 'PRT-1205'
    if (ends) return known[ends]
    return level === 'ADVANCED' ? 'PRT-1835' : 'PRT-1102'
  }
  test.each(PUBLISHED.map((one) => [one.document, one] as const))(
    '%s does what is documented',
    async (_document, one) => {
      const { visitor, step } = await begun()
      const first = await ring(visitor, step, one.scheme, one.code)
      const page = first.trouble ? first : await answered(visitor, step)
      expect(page.trouble).toBe(expected(one))
    },
  )
})
