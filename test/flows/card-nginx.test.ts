import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BehindNginx, begun, startBehindNginx } from '../support/behind-nginx.ts'
import { get, locationOf, over, pem, shows, statusOf } from '../support/card-door.ts'
import { type CardService, showAt, startCardService } from '../support/card-service.ts'
import { type TestCard, testCardCa } from '../support/cards.ts'
import { withoutNginx } from '../support/nginx.ts'
import { bytes } from '../support/raw-request.ts'
import { callback } from '../support/service.ts'

// The card door behind a real nginx, configured as docs/nginx-card.conf says.

const described = withoutNginx === undefined ? describe : describe.skip

test('a card that a proxy has something against lets nobody in, and the audit says so', async () => {
  const secret = 'a-secret-of-the-proxy-of-43-characters-0000000'
  const world = await startCardService({
    door: (_, port) => ({ PRATU_CARD_PORT: String(port), PRATU_CARD_PROXY_SECRET: secret }),
  })
  try {
    const { visitor, door } = await begun(world)
    const certificate = encodeURIComponent(pem('CERTIFICATE', world.ca.card().certificate))
    const lines = [
      `X-Pratu-Card-Secret: ${secret}`,
      `X-Client-Cert: ${certificate}`,
      'X-Client-Verify: FAILED:whatever',
    ]
    const back = locationOf(await bytes(`http://localhost:${world.port}`, get(world, door.pathname, ...lines)))!
    expect((await visitor.open(back)).trouble).toBe('PRT-1601')
    expect((await world.audited()).at(-1)?.detail).toMatchObject({ because: 'not-vouched' })
  } finally {
    await world.close()
  }
}, 30_000)

described('nginx and Pratu', () => {
  let behind: BehindNginx
  let world: CardService
  beforeAll(async () => {
    behind = await startBehindNginx()
    world = behind.world
  }, 40_000)
  afterAll(async () => {
    await behind.close()
  })

  // nginx goes by the machine's clock, which these tests can't stop.
  const wide = { notBefore: Date.parse('2023-12-01T00:00:00Z'), notAfter: Date.parse('2036-11-01T00:00:00Z') }
  const show = async (given: TestCard) => {
    const { visitor, door } = await begun(world)
    return visitor.open(await showAt(door, shows(given)))
  }

  test('sign a card in', async () => {
    expect(callback(await show(world.ca.card(wide))).code).toBeDefined()
  })

  test.each<[string, () => TestCard, string]>([
    ['expired', () => world.ca.card({ notAfter: Date.parse('2024-01-01T00:00:00Z') }), 'PRT-1602'],
    ['of an unknown CA', () => testCardCa({ clock: world.at.clock, country: 'XX' }).card(), 'PRT-1601'],
    ['of another CA with the same name', () => world.ca.twin().card(), 'PRT-1601'],
    ['for another purpose', () => world.ca.card({ ...wide, extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }), 'PRT-1601'],
  ])('give a page to a card that is %s, not a dead connection', async (_, make, trouble) => {
    expect((await show(make())).trouble).toBe(trouble)
  })

  test('say so to who has no card', async () => {
    const { visitor, door } = await begun(world)
    expect((await visitor.open(await showAt(door))).trouble).toBe('PRT-1607')
  })

  test('strip every header that claims a certificate, whatever its spelling, from this machine too', async () => {
    const { visitor, door } = await begun(world)
    const claims = [
      'Client-Cert',
      'X-Client-Cert',
      'X-SSL-Client-Cert',
      'X-SSL-Cert',
      'SSL-Client-Cert',
      'X-TLS-Client-Cert',
    ]
    const more = ['X-Forwarded-Client-Cert', 'X-ARR-ClientCert', 'X-Amzn-Mtls-Clientcert', 'Cf-Client-Cert-Der-Base64']
    const spelt = [...claims, ...more].flatMap((name) => [name, name.toLowerCase(), name.replaceAll('-', '_')])
    const value = encodeURIComponent(pem('CERTIFICATE', world.ca.card(wide).certificate))
    const verdicts = ['X-Client-Verify: SUCCESS', 'X_Client_Verify: SUCCESS', 'x-client-verify: SUCCESS']
    for (const [index, name] of [...spelt, 'SSL_CLIENT_CERT', 'X_CLIENT_CERT'].entries()) {
      const { text } = await over(world.port, get(world, door.pathname, `${name}: ${value}`, verdicts[index % 3]!))
      expect([name, statusOf(text), text.includes('ticket=')]).toEqual([name, 303, false])
    }
    // The handle still waits, for the card.
    expect(callback(await visitor.open(await showAt(door, shows(world.ca.card(wide))))).code).toBeDefined()
  }, 30_000)

  test('resume no session', async () => {
    const { door } = await begun(world)
    const first = await over(world.port, get(world, door.pathname), shows(world.ca.card(wide)))
    for (const session of [...first.sessions, undefined]) {
      const next = await begun(world)
      const again = await over(world.port, get(world, next.door.pathname), session ? { session } : {})
      expect([again.reused, again.text.includes('ticket=')]).toEqual([false, false])
    }
  })
})
