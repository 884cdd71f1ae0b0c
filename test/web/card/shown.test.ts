import { rename, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  get,
  ISSUER,
  locationOf,
  over,
  pem,
  shows,
  startDoor,
  statusOf,
  type TestDoor,
} from '../../support/card-door.ts'
import type { TestCard } from '../../support/cards.ts'

// Whom the card door believes that a certificate was shown: nobody but its own handshake, or the one proxy in the one
// form that was agreed.

const SECRET = 'a-secret-of-the-proxy-of-43-characters-0000000'

/** The bytes to a port of loopback or a unix socket, and all that comes back until the other side closes. */
function plain(to: number | string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to)
    socket.write(text)
    socket.setTimeout(3_000, () => socket.destroy())
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

const escaped = ({ certificate }: TestCard): string => encodeURIComponent(pem('CERTIFICATE', certificate))
const sequence = ({ certificate }: TestCard): string => `:${certificate.toString('base64')}:`
const nginx = (card: TestCard, verdict = 'SUCCESS'): string[] => [
  `X-Client-Cert: ${escaped(card)}`,
  `X-Client-Verify: ${verdict}`,
]

/** Every name under which a proxy or server is known to hand over a certificate, and some that only look so. */
const SPELLINGS: readonly ((card: TestCard) => string)[] = [
  (card) => `Client-Cert: ${sequence(card)}`,
  (card) => `client-cert: ${sequence(card)}`,
  (card) => `CLIENT-CERT: ${sequence(card)}`,
  (card) => `Client_Cert: ${sequence(card)}`,
  (card) => `Client-Cert-Chain: ${sequence(card)}`,
  (card) => `X-Client-Cert: ${escaped(card)}`,
  (card) => `x-client-cert: ${escaped(card)}`,
  (card) => `X_Client_Cert: ${escaped(card)}`,
  (card) => `X-Client_Cert: ${escaped(card)}`,
  () => 'X-Client-Verify: SUCCESS',
  () => 'X_CLIENT_VERIFY: SUCCESS',
  (card) => `X-SSL-Client-Cert: ${escaped(card)}`,
  (card) => `X-SSL-CERT: ${escaped(card)}`,
  (card) => `SSL_CLIENT_CERT: ${escaped(card)}`,
  (card) => `SSL-CLIENT-CERT: ${escaped(card)}`,
  () => 'SSL_CLIENT_VERIFY: SUCCESS',
  () => 'X-SSL-Client-Verify: SUCCESS',
  () => 'X-SSL-Client-S-DN: CN=Somebody',
  (card) => `X-Forwarded-Client-Cert: Cert="${escaped(card)}"`,
  (card) => `X-ARR-ClientCert: ${card.certificate.toString('base64')}`,
  (card) => `X-Amzn-Mtls-Clientcert: ${escaped(card)}`,
  (card) => `X-Amzn-Mtls-Clientcert-Leaf: ${escaped(card)}`,
  (card) => `Cf-Client-Cert-Der-Base64: ${card.certificate.toString('base64')}`,
  (card) => `X-TLS-Client-Cert: ${escaped(card)}`,
  () => `X-Pratu-Card-Secret: ${SECRET}`,
  () => `X_Pratu_Card_Secret: ${SECRET}`,
]

describe('where Pratu ends TLS', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await startDoor()
  })
  afterAll(() => door.close())

  test.each(SPELLINGS.map((spelling, index) => [index, spelling] as const))(
    'a header that claims a certificate is refused, with and without one shown (%#)',
    async (_, spelling) => {
      const card = door.ca.card()
      const { handle } = await door.tickets.begin()
      const path = door.address(handle)
      for (const options of [{}, shows(door.ca.card())]) {
        const { text } = await over(door.port, get(door, path, spelling(card)), options)
        expect(statusOf(text)).toBe(400)
      }
      expect(door.made()).toBe(0)
    },
  )

  test('all of them together are refused, from this machine too', async () => {
    const card = door.ca.card()
    const { handle } = await door.tickets.begin()
    const all = SPELLINGS.map((spelling) => spelling(card)).slice(0, 12)
    const { text } = await over(door.port, get(door, door.address(handle), ...all))
    expect(statusOf(text)).toBe(400)
    expect(door.made()).toBe(0)
  })
})

describe('behind nginx, at a port, with a secret', () => {
  let door: TestDoor
  let card: TestCard
  beforeAll(async () => {
    door = await startDoor({ proxy: { form: 'nginx', secret: SECRET } })
    card = door.ca.card()
  })
  afterAll(() => door.close())

  const told = async (...headers: string[]) => {
    const { handle } = await door.tickets.begin()
    const before = door.made()
    const text = await plain(door.port, get(door, door.address(handle), ...headers))
    return { text, handle, status: statusOf(text), tickets: door.made() - before }
  }
  const word = `X-Pratu-Card-Secret: ${SECRET}`

  test('its word counts', async () => {
    const { text, handle } = await told(word, ...nginx(card))
    expect(await door.taken(handle, text)).toEqual({ certificate: card.certificate, vouched: true })
  })

  test('what it has against a certificate goes along', async () => {
    const { text, handle } = await told(word, ...nginx(card, 'FAILED:certificate has expired'))
    expect(await door.taken(handle, text)).toEqual({ certificate: card.certificate, vouched: false })
  })

  test('no certificate is no certificate', async () => {
    const { text, tickets } = await told(word, 'X-Client-Verify: NONE')
    expect([locationOf(text), tickets]).toEqual([`${ISSUER}/login/sign-in-1/smart-card/return`, 0])
  })

  test.each<[string, () => string[]]>([
    ['without the secret', () => nginx(card)],
    ['with a wrong secret', () => [`X-Pratu-Card-Secret: ${SECRET.replace('a', 'b')}`, ...nginx(card)]],
    ['with the beginning of the secret', () => [`X-Pratu-Card-Secret: ${SECRET.slice(0, -1)}`, ...nginx(card)]],
    ['with more than the secret', () => [`X-Pratu-Card-Secret: ${SECRET}0`, ...nginx(card)]],
    ['with an empty secret', () => ['X-Pratu-Card-Secret: ', ...nginx(card)]],
    ['with the secret twice', () => [word, word, ...nginx(card)]],
    ['with a wrong secret and the right one', () => ['X-Pratu-Card-Secret: wrong', word, ...nginx(card)]],
    ['without a verdict', () => [word, `X-Client-Cert: ${escaped(card)}`]],
    ['with a verdict of its own making', () => [word, ...nginx(card, 'success')]],
    ['with two verdicts', () => [word, ...nginx(card), 'X-Client-Verify: SUCCESS']],
    ['with a refusal and an approval', () => [word, 'X-Client-Verify: NONE', ...nginx(card)]],
    ['with two certificates', () => [word, ...nginx(card), `X-Client-Cert: ${escaped(door.ca.card())}`]],
    ['with a certificate and the word that there is none', () => [word, ...nginx(card, 'NONE')]],
    ['with an approval of nothing', () => [word, 'X-Client-Verify: SUCCESS']],
    [
      'with two certificates in one',
      () => [word, `X-Client-Cert: ${escaped(card)}${escaped(card)}`, 'X-Client-Verify: SUCCESS'],
    ],
    ['with text before the certificate', () => [word, `X-Client-Cert: a${escaped(card)}`, 'X-Client-Verify: SUCCESS']],
    ['with an escape that is none', () => [word, 'X-Client-Cert: %zz', 'X-Client-Verify: SUCCESS']],
    [
      'with bytes behind the certificate',
      () => [word, ...nginx({ ...card, certificate: Buffer.concat([card.certificate, Buffer.of(0)]) })],
    ],
    [
      'with a key in place of the certificate',
      () => [
        word,
        `X-Client-Cert: ${encodeURIComponent(pem('PRIVATE KEY', card.certificate))}`,
        'X-Client-Verify: SUCCESS',
      ],
    ],
    ['with a certificate of 9,000 bytes', () => [word, ...nginx({ ...card, certificate: Buffer.alloc(9_000, 48) })]],
    ['with RFC 9440 beside it', () => [word, ...nginx(card), `Client-Cert: ${sequence(card)}`]],
    ['with an underscore header beside it', () => [word, ...nginx(card), 'X_Client_Verify: SUCCESS']],
  ])('%s nobody is believed', async (_, make) => {
    const { status, tickets } = await told(...make())
    expect({ status, tickets }).toEqual({ status: 400, tickets: 0 })
  })

  test('every other spelling is refused though the secret is right', async () => {
    const others = SPELLINGS.map((spelling) => spelling(card)).filter(
      (line) => !/^x-(client-|pratu)/i.test(line) || line.includes('_'),
    )
    expect(others.length).toBeGreaterThanOrEqual(20)
    for (const line of others)
      expect([line.split(':')[0], (await told(word, 'X-Client-Verify: NONE', line)).status]).toEqual([
        line.split(':')[0],
        400,
      ])
    expect(door.made()).toBe(2)
  })
})

describe('behind a proxy that speaks RFC 9440', () => {
  let door: TestDoor
  let card: TestCard
  beforeAll(async () => {
    door = await startDoor({ proxy: { form: 'client-cert', secret: SECRET } })
    card = door.ca.card()
  })
  afterAll(() => door.close())
  const word = `X-Pratu-Card-Secret: ${SECRET}`

  test.each<[string, () => string[], boolean]>([
    ['its word counts', () => [`Client-Cert: ${sequence(card)}`], true],
    [
      'a chain beside it is not read',
      () => [`Client-Cert: ${sequence(card)}`, `Client-Cert-Chain: ${sequence(card)}`],
      true,
    ],
    ['a chain alone is none', () => [`Client-Cert-Chain: ${sequence(card)}`], false],
    ['two are none', () => [`Client-Cert: ${sequence(card)}`, `Client-Cert: ${sequence(card)}`], false],
    ['a list is none', () => [`Client-Cert: ${sequence(card)}, ${sequence(card)}`], false],
    ['parameters are none', () => [`Client-Cert: ${sequence(card)};a=1`], false],
    ['without its colons it is none', () => [`Client-Cert: ${card.certificate.toString('base64')}`], false],
    ['as a string it is none', () => [`Client-Cert: "${card.certificate.toString('base64')}"`], false],
    ['base64url is none', () => [`Client-Cert: :${Buffer.from([0xfb, 0xff]).toString('base64url')}:`], false],
    ["nginx's form is none", () => nginx(card), false],
    ["nginx's form beside it is none", () => [`Client-Cert: ${sequence(card)}`, ...nginx(door.ca.card())], false],
  ])('%s', async (_, make, counts) => {
    const { handle } = await door.tickets.begin()
    const text = await plain(door.port, get(door, door.address(handle), word, ...make()))
    expect(await door.taken(handle, text)).toEqual(
      counts ? { certificate: card.certificate, vouched: true } : undefined,
    )
    if (!counts) expect(statusOf(text)).toBe(400)
  })

  test('none is no certificate', async () => {
    const { handle } = await door.tickets.begin()
    const text = await plain(door.port, get(door, door.address(handle), word))
    expect(locationOf(text)).toBe(`${ISSUER}/login/sign-in-1/smart-card/return`)
  })
})

describe('at a unix socket', () => {
  test('whoever may open it is believed, and that is the owner and the group', async () => {
    const door = await startDoor({ proxy: { form: 'nginx' }, socket: true, origin: 'https://card.example' })
    try {
      const card = door.ca.card()
      const path = join(door.folder, 'door.sock')
      const { handle } = await door.tickets.begin()
      const text = await plain(path, get(door, door.address(handle), ...nginx(card)))
      expect(await door.taken(handle, text)).toEqual({ certificate: card.certificate, vouched: true })
      expect((await stat(path)).mode & 0o777).toBe(0o660)
      // The port that the same door would have had is nobody's.
      expect(await plain(door.port, get(door, '/'))).toBe('')
    } finally {
      await door.close()
    }
  })

  test('with a secret both are demanded', async () => {
    const door = await startDoor({
      proxy: { form: 'nginx', secret: SECRET },
      socket: true,
      origin: 'https://card.example',
    })
    try {
      const { handle } = await door.tickets.begin()
      const ask = (...headers: string[]) =>
        plain(join(door.folder, 'door.sock'), get(door, door.address(handle), ...headers))
      expect(statusOf(await ask(...nginx(door.ca.card())))).toBe(400)
      expect(statusOf(await ask(...nginx(door.ca.card()), `X-Pratu-Card-Secret: ${SECRET}`))).toBe(303)
    } finally {
      await door.close()
    }
  })

  test('one in use is left to whom it belongs; one left behind by a process that was killed is taken over', async () => {
    const door = await startDoor({ proxy: { form: 'nginx' }, socket: true, origin: 'https://card.example' })
    const path = join(door.folder, 'door.sock')
    await expect(door.listener.listen()).rejects.toThrow('EADDRINUSE')
    // A socket that was renamed outlives its server, as that of a killed one does.
    await rename(path, `${path}.left`)
    await door.listener.drain(0, 0)
    await rename(`${path}.left`, path)
    try {
      await door.listener.listen()
      expect(statusOf(await plain(path, get(door, '/')))).toBe(404)
    } finally {
      await door.close()
    }
  })
})
