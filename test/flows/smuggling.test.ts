import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/platform/random.ts'
import { type BehindNginx, startBehindNginx } from '../support/behind-nginx.ts'
import { pem, statusOf } from '../support/card-door.ts'
import { type CardService, startCardService } from '../support/card-service.ts'
import { withoutNginx } from '../support/nginx.ts'
import { VECTORS, type Vector } from '../support/smuggling.ts'

// Security bar §3 row 28: requests that two servers might cut apart at different places, at both doors, with nginx before
// them and without. Behind each lies a second request that claims a certificate: nobody may believe or answer it.

const described = withoutNginx === undefined ? describe : describe.skip

/** Answers with a status, those that only say "go on" left out. */
const answersIn = (text: string): number => text.match(/HTTP\/1\.[01] [2-5]\d\d/g)?.length ?? 0

interface Target {
  readonly name: string
  readonly port: number
  readonly host: string
  readonly tls: boolean
  /** Whether it may answer a second request of one connection. */
  readonly keeps: boolean
}

/** The bytes, and all that comes back until the other side closes or says nothing for `patience` ms. */
function send({ port, tls }: Pick<Target, 'port' | 'tls'>, bytes: string, patience = 400): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const write = () => {
      socket.setTimeout(3 * patience)
      socket.write(Buffer.from(bytes, 'latin1'))
    }
    const socket = tls
      ? connectTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, write)
      : connectPlain(port, '127.0.0.1', write)
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      socket.setTimeout(patience)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

/** A request that claims a certificate, for a handle that waits for one: believed, it would use the handle up. */
async function claim(
  world: CardService,
  host: string,
): Promise<{ readonly hidden: string; spent(): Promise<boolean> }> {
  const handle = systemRandom.token(256)
  const { artifacts } = world.at.service
  await artifacts.put('card-visit', handle, { until: world.at.clock.now() + 300_000 }, 300)
  const card = world.ca.card()
  const lines = [
    `GET /card/smuggled/${handle} HTTP/1.1`,
    `Host: ${host}`,
    `X-Client-Cert: ${encodeURIComponent(pem('CERTIFICATE', card.certificate))}`,
    'X-Client-Verify: SUCCESS',
  ]
  return {
    hidden: `${lines.join('\r\n')}\r\n\r\n`,
    spent: async () => (await artifacts.get('card-visit', handle))?.consumed !== undefined,
  }
}

interface Outcome {
  readonly name: string
  readonly believed: boolean
  readonly answers: number
}

async function attack(world: CardService, target: Target, vector: Vector): Promise<Outcome> {
  const { hidden, spent } = await claim(world, target.host)
  const text = await send(target, vector.bytes(target.host, hidden))
  return { name: vector.name, believed: await spent(), answers: answersIn(text) }
}

const AT_ONCE = 30

/** All vectors, some at a time. */
async function attackAll(world: CardService, target: Target): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let at = 0; at < VECTORS.length; at += AT_ONCE) {
    const some = VECTORS.slice(at, at + AT_ONCE)
    outcomes.push(...(await Promise.all(some.map((vector) => attack(world, target, vector)))))
  }
  return outcomes
}

function wrong(outcomes: readonly Outcome[], { keeps, tls }: Target): Outcome[] {
  // Where the main door has TLS, nginx stands before it.
  const two = VECTORS.filter(({ plain, plainToNginx }) => plain || (tls && plainToNginx))
  const plain = new Set(two.map(({ name }) => name))
  return outcomes.filter(({ name, believed, answers }) => believed || answers > (keeps && plain.has(name) ? 2 : 1))
}

test('there are sixty ways to smuggle and more, each its own', () => {
  const sent = VECTORS.map((vector) =>
    vector.bytes('h', 'GET /x HTTP/1.1\r\nHost: h\r\nX-Client-Verify: SUCCESS\r\n\r\n'),
  )
  expect(new Set(sent).size).toBe(VECTORS.length)
  expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(VECTORS.length)
  expect(VECTORS.length).toBeGreaterThanOrEqual(60)
})

describe('Pratu alone', () => {
  let world: CardService
  beforeAll(async () => {
    world = await startCardService()
  }, 30_000)
  afterAll(() => world.close())

  test('at the card door answers once and believes nobody', async () => {
    const target = { name: 'card', port: world.port, host: new URL(world.origin).host, tls: true, keeps: false }
    const outcomes = await attackAll(world, target)
    expect(wrong(outcomes, target)).toEqual([])
    // They did get through to it.
    expect(outcomes.filter(({ answers }) => answers === 1).length).toBeGreaterThan(25)
  }, 60_000)

  test('at the main door takes no content for a request', async () => {
    const { host, port } = new URL(world.at.issuer)
    const target = { name: 'main', port: Number(port), host, tls: false, keeps: true }
    const outcomes = await attackAll(world, target)
    expect(wrong(outcomes, target)).toEqual([])
    expect(outcomes.filter(({ answers }) => answers > 0).length).toBeGreaterThan(25)
  }, 60_000)
})

described('nginx and Pratu', () => {
  let behind: BehindNginx
  let world: CardService
  let card: Target
  let main: Target
  beforeAll(async () => {
    behind = await startBehindNginx()
    world = behind.world
    card = { name: 'card through nginx', port: world.port, host: new URL(world.origin).host, tls: true, keeps: false }
    main = {
      name: 'main through nginx',
      port: behind.mainPort,
      host: new URL(world.at.issuer).host,
      tls: true,
      keeps: true,
    }
  }, 40_000)
  afterAll(() => behind.close())

  test('let nothing through at the card door, where whoever reaches the socket is believed', async () => {
    expect(wrong(await attackAll(world, card), card)).toEqual([])
    // The claims were good ones: at the socket itself they count.
    const { hidden, spent } = await claim(world, card.host)
    await new Promise<void>((resolve) => {
      const socket = connectPlain(join(world.folder, 'card.sock'), () => socket.write(hidden))
      socket.on('data', () => undefined)
      socket.on('close', () => resolve())
    })
    expect(await spent()).toBe(true)
  }, 60_000)

  test('let nothing through at the main door, and spoil no answer of anybody else', async () => {
    const innocent = () =>
      send(main, `GET /health/live HTTP/1.1\r\nHost: ${main.host}\r\nConnection: close\r\n\r\n`, 3_000)
    const others: string[] = []
    const done = new AbortController()
    const watching = (async () => {
      while (!done.signal.aborted) others.push(await innocent())
    })()
    const outcomes = await attackAll(world, main)
    done.abort()
    await watching
    expect(wrong(outcomes, main)).toEqual([])
    for (let n = 0; n < 20; n++) others.push(await innocent())
    expect(others.map((text) => [statusOf(text), answersIn(text)])).toEqual(others.map(() => [200, 1]))
  }, 60_000)
})
