import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { get, over, shows } from '../support/card-door.ts'
import { type CardService, doorOf, showAt, startCardService } from '../support/card-service.ts'
import { DAY, type TestCard, testCardCa } from '../support/cards.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { callback, claimsOf, type Request, redeem, request } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// A card by TLS client certificate: from the agency to the sign-in, to the card door, back, and nowhere else.

let world: CardService
beforeAll(async () => {
  world = await startCardService()
}, 30_000)
afterAll(() => world.close())

interface Begun {
  readonly visitor: Visitor
  readonly asked: Request
  /** The page of the card. */
  readonly page: Page
  /** The sign-in's address. */
  readonly uid: string
}

async function begun(at = world, visitor = at.at.visitor()): Promise<Begun> {
  const asked = request(at.at.issuer, 'tax')
  const choice = await visitor.open(asked.url)
  const page = await visitor.submit(choice, { method: 'smart-card' })
  return { visitor, asked, page, uid: /\/login\/([\w-]+)/.exec(page.url)![1]! }
}

const left = async ({ visitor, page }: Begun): Promise<URL> => doorOf(await visitor.submit(page, { way: 'tls' }))

/** All the way, with this card. */
async function signIn(card: TestCard, story?: Begun): Promise<{ readonly story: Begun; readonly end: Page }> {
  const on = story ?? (await begun())
  return { story: on, end: await on.visitor.open(await showAt(await left(on), shows(card))) }
}

describe('a person with a card', () => {
  test('signs in with its certificate, as surely as the card allows', async () => {
    const { story, end } = await signIn(world.ca.card())
    const { code } = callback(end)
    const { id_token } = await redeem(world.at.issuer, 'tax', code!, story.asked.verifier)
    expect(claimsOf(id_token)).toMatchObject({ acr: 'high', amr: expect.arrayContaining(['sc', 'pin', 'smart-card']) })
    expect((await world.audited()).at(-1)).toMatchObject({
      type: 'sign-in.succeeded',
      detail: { method: 'smart-card' },
    })
  })

  test('who showed none is told so on the sign-in, and may show one then', async () => {
    const story = await begun()
    const page = await story.visitor.open(await showAt(await left(story)))
    expect([page.status, page.trouble]).toEqual([422, 'PRT-1607'])
    const { end } = await signIn(world.ca.card(), { ...story, page })
    expect(callback(end).code).toBeDefined()
  })

  test('the way back stands in no log, and says nothing to who sees it later', async () => {
    const story = await begun()
    const address = await left(story)
    const back = await showAt(address, shows(world.ca.card()))
    await story.visitor.open(back)
    const log = world.at.log()
    for (const secret of [address.pathname.split('/').at(-1)!, new URL(back).searchParams.get('ticket')!]) {
      expect(secret).toHaveLength(43)
      expect(log).not.toContain(secret)
      expect(JSON.stringify(await world.audited())).not.toContain(secret)
    }
  })
})

describe('a card that must not sign in', () => {
  const refusals: [string, () => TestCard, number, string][] = [
    ['expired', () => world.ca.card({ notAfter: world.at.clock.now() - DAY }), 403, 'PRT-1602'],
    ['not-yet-valid', () => world.ca.card({ notBefore: world.at.clock.now() + DAY }), 403, 'PRT-1602'],
    ['revoked', revoked, 403, 'PRT-1606'],
    ['unknown-issuer', () => testCardCa({ clock: world.at.clock, country: 'XX' }).card(), 403, 'PRT-1601'],
    ['same-name-other-key', () => world.ca.twin().card(), 403, 'PRT-1601'],
    ['wrong-usage', () => world.ca.card({ keyUsage: ['keyEncipherment'] }), 403, 'PRT-1601'],
    ['weak-key', () => world.ca.card({ rsa: 1024 }), 403, 'PRT-1601'],
  ]
  function revoked(): TestCard {
    const card = world.ca.card()
    world.ca.revoke(card)
    return card
  }

  test.each(refusals)(
    '%s: has a page with a way on, and its own word in the audit',
    async (word, make, status, code) => {
      const story = await begun()
      // The client, too, would rather not use a key of 1024 bits.
      const options = { ...shows(make()), ciphers: 'DEFAULT:@SECLEVEL=0' }
      const end = await story.visitor.open(await showAt(await left(story), options))
      expect([end.status, end.trouble]).toEqual([status, code])
      expect(end.html).toContain(`/login/${story.uid}`)
      expect((await world.audited()).at(-1)).toMatchObject({ type: 'sign-in.refused', detail: { code, because: word } })
      // Nobody is in: the same browser still has to prove who it is.
      const again = await story.visitor.open(request(world.at.issuer, 'tax').url)
      expect(again.html).toContain('id="method-smart-card"')
    },
  )
})

describe('a ticket', () => {
  test('in another browser gives nothing, and nobody has it after that', async () => {
    // An attacker's sign-in, whose card address a person with a card was made to follow.
    const attacker = await begun()
    const back = await showAt(await left(attacker), shows(world.ca.card()))
    const victim = world.at.visitor()
    expect((await victim.open(back)).trouble).toBe('PRT-1002')
    const stolen = await attacker.visitor.open(back)
    expect([stolen.status, stolen.trouble]).toEqual([422, 'PRT-1605'])
  })

  test("of an attacker's own card does not sign a victim's browser in", async () => {
    const [attacker, victim] = [await begun(), await begun()]
    await left(victim)
    const back = await showAt(await left(attacker), shows(world.ca.card()))
    const forced = await victim.visitor.open(back.replace(attacker.uid, victim.uid))
    expect([forced.status, forced.trouble]).toEqual([422, 'PRT-1605'])
    expect((await attacker.visitor.open(back)).trouble).toBe('PRT-1605')
  })

  test('works once, and its sign-in is over then: neither back nor forward signs anybody in again', async () => {
    const story = await begun()
    const address = await left(story)
    const back = await showAt(address, shows(world.ca.card()))
    expect(callback(await story.visitor.open(back)).code).toBeDefined()
    expect((await story.visitor.open(back)).trouble).toBe('PRT-1001')
    // The card door by the back button, card still in: led to the sign-in, which is over.
    const again = await showAt(address, shows(world.ca.card()))
    expect(again).toBe(`${world.at.issuer}/login/${story.uid}`)
    expect((await story.visitor.open(again)).trouble).toBe('PRT-1001')
  })

  test('made up, empty, or of an earlier leaving gives nothing', async () => {
    const story = await begun()
    const early = await showAt(await left(story), shows(world.ca.card()))
    await left(story)
    expect((await story.visitor.open(early)).trouble).toBe('PRT-1605')
    const at = `${world.at.issuer}/login/${story.uid}/smart-card/return`
    expect((await story.visitor.open(`${at}?ticket=${'A'.repeat(43)}`)).trouble).toBe('PRT-1605')
    expect((await story.visitor.open(`${at}?ticket=`)).trouble).toBe('PRT-1607')
    expect((await story.visitor.open(at)).trouble).toBe('PRT-1607')
  })

  test('after a minute is too old', async () => {
    const story = await begun()
    const back = await showAt(await left(story), shows(world.ca.card()))
    world.at.clock.advance(61_000)
    expect((await story.visitor.open(back)).trouble).toBe('PRT-1605')
  })
})

test('signed out, with the card pulled, nobody comes in by a connection that once showed it', async () => {
  const { end, story } = await signIn(world.ca.card())
  expect(callback(end).code).toBeDefined()
  const leave = await story.visitor.open(`${world.at.issuer}/session/end`)
  await story.visitor.submit(leave, { logout: 'yes' })
  const next = await begun(world, story.visitor)
  const address = await left(next)
  const first = await over(world.port, get(world, address.pathname))
  for (const session of [...first.sessions, undefined]) {
    const { reused, text } = await over(world.port, get(world, address.pathname), session ? { session } : {})
    expect(reused).toBe(false)
    expect(text).not.toContain('ticket=')
  }
})

/** Spellings under which a proxy might hand over a certificate; none of ours stands before the main door. */
const FORGED = [
  'Client-Cert',
  'client-cert',
  'Client_Cert',
  'Client-Cert-Chain',
  'X-Client-Cert',
  'x-client-cert',
  'X_Client_Cert',
  'X-Client-Verify',
  'X-SSL-Client-Cert',
  'X-SSL-Cert',
  'SSL_CLIENT_CERT',
  'SSL-Client-Cert',
  'SSL_CLIENT_VERIFY',
  'X-SSL-Client-Verify',
  'X-SSL-Client-S-DN',
  'X-Forwarded-Client-Cert',
  'X-ARR-ClientCert',
  'X-Amzn-Mtls-Clientcert',
  'X-Amzn-Mtls-Clientcert-Leaf',
  'Cf-Client-Cert-Der-Base64',
  'X-TLS-Client-Cert',
  'X-Pratu-Card-Secret',
] as const

test('headers that claim a certificate change nothing at the main door, whatever their spelling, from this machine too', async () => {
  const { visitor, uid, page } = await begun()
  const pem = encodeURIComponent(world.ca.card().pem)
  const { pathname } = doorOf(await visitor.submit(page, { way: 'tls' }))
  const at = `${world.at.issuer}/login/${uid}/smart-card`
  for (const name of FORGED) {
    const forged = {
      [name]: /verify/i.test(name) ? 'SUCCESS' : pem,
      'x-client-verify': 'SUCCESS',
      'x-real-ip': '127.0.0.1',
    }
    const came = async (address: string) => [name, (await visitor.open(address, forged)).trouble]
    expect(await came(`${at}/return`)).toEqual([name, 'PRT-1607'])
    expect(await came(`${at}/return?ticket=${'A'.repeat(43)}`)).toEqual([name, 'PRT-1605'])
    expect(await came(`${world.at.issuer}${pathname}`)).toEqual([name, 'PRT-1003'])
    expect((await visitor.post(at, {}, forged)).trouble).toBe('PRT-1609')
  }
  expect((await visitor.open(request(world.at.issuer, 'tax').url)).html).toContain('id="method-smart-card"')
}, 60_000)

describe('over two nodes', () => {
  let redis: TestRedis
  let one: CardService
  let other: CardService
  beforeAll(async () => {
    redis = await testRedis()
    one = await startCardService({ redisUrl: redis.url })
    other = await startCardService({ beside: one.at, settings: { PRATU_CARD_ISSUERS: one.folder } })
  }, 40_000)
  afterAll(async () => {
    await other.close()
    await one.close()
    await redis.close()
  })

  test('the sign-in begins at one, the card is shown to the other, and the ticket works once', async () => {
    const story = await begun(one)
    const address = await left(story)
    address.port = String(other.port)
    const to = await over(other.port, get(other, address.pathname), shows(one.ca.card()))
    const back = /^location: (.*?)\r?$/im.exec(to.text)![1]!
    const all = await Promise.all(Array.from({ length: 10 }, () => story.visitor.open(back)))
    expect(all.filter((page) => page.headers.get('location')?.includes('code='))).toHaveLength(1)
  })
})
