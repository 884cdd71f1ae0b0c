import { describe, expect, test } from '@jest/globals'
import { openRedis } from '../../src/platform/redis.ts'
import { openSealer } from '../../src/platform/seal.ts'
import type { Artifacts, Kind } from '../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { artifactsContract } from '../contracts/artifacts.ts'
import { testClock } from '../support/clock.ts'
import { testKey, testRandom, testSealer } from '../support/keys.ts'
import { testRedis } from '../support/redis.ts'
import { ageRedis, dumpRedis } from '../support/redis-passage.ts'

async function opened() {
  const server = await testRedis()
  const clock = testClock()
  const nodes: Artifacts[] = []
  return {
    server,
    clock,
    async node(sealer = testSealer('sessions')) {
      const artifacts = openRedisArtifacts({ redis: await openRedis({ url: server.url }), sealer, clock })
      nodes.push(artifacts)
      return artifacts
    },
    async close() {
      for (const node of nodes) await node.close()
      await server.close()
    },
  }
}

const KINDS: Kind[] = [
  'code',
  'access-token',
  'refresh-token',
  'grant',
  'interaction',
  'pushed-request',
  'attempt',
  'card-visit',
  'card-ticket',
  'passkey-question',
]
const SECRET = 'CANARY-bearer-Zx81'
const PERSON = 'CANARY-38001085718'

/** Leaves something of every sort in the store, each with a bearer secret in its id and a person in its value. */
async function fill(artifacts: Artifacts): Promise<void> {
  for (const kind of KINDS) {
    await artifacts.put(kind, `${SECRET}-${kind}`, { jti: SECRET, login_hint: PERSON, name: 'สมชาย ใจดี' }, 600)
    if (kind !== 'grant') await artifacts.consume(kind, `${SECRET}-${kind}`, 1_795_000_000, 900)
  }
  await artifacts.once(`${SECRET}-once`, 600)
  for (const uid of [`${SECRET}-uid`, `${SECRET}-ended`]) {
    const parties = new Map([[`CANARY-client`, { sid: SECRET, hint: PERSON }]])
    const session = { uid, id: `${uid}.${SECRET}`, body: { account: PERSON }, parties }
    await artifacts.saveSession(session, 600)
    await artifacts.saveSession(
      { ...session, id: `${uid}.${SECRET}2`, replaces: { id: session.id, grace: 60 }, dropped: ['CANARY-client'] },
      600,
    )
    await artifacts.saveSession({ ...session, parties: new Map([['CANARY-late', PERSON]]) }, 600)
  }
  await artifacts.endSession(`${SECRET}-ended`, 600)
}

describe('the sessions store on Redis', () => {
  artifactsContract(async () => {
    const { server, clock, node, close } = await opened()
    return {
      here: await node(),
      there: await node(),
      async pass(seconds) {
        clock.advance(seconds * 1000)
        await ageRedis(server.client, seconds)
      },
      now: () => Math.floor(clock.now() / 1000),
      close,
    }
  })

  test('a stolen dump, decoded in every usual way, shows no bearer secret, no person and no agency', async () => {
    const { server, node, close } = await opened()
    await fill(await node())
    const dump = await dumpRedis(server.client)
    expect(dump.length).toBeGreaterThan(20)
    const canaries = ['CANARY', SECRET, PERSON, 'สมชาย']
    for (const piece of dump) {
      const text = piece.toString('latin1')
      const views = [piece, Buffer.from(text, 'base64'), Buffer.from(text, 'base64url'), Buffer.from(text, 'hex')]
      for (let shift = 0; shift < 4; shift++) views.push(Buffer.from(text.slice(shift), 'base64'))
      for (const view of views) for (const canary of canaries) expect(view.includes(canary)).toBe(false)
      for (const canary of canaries)
        for (const shape of ['base64url', 'hex'] as const)
          expect(text.includes(Buffer.from(canary).toString(shape).slice(0, -1))).toBe(false)
    }
    await close()
  })

  test('every key has an end', async () => {
    const { server, node, close } = await opened()
    await fill(await node())
    const keys = await server.client.keys('*')
    expect(keys.length).toBeGreaterThanOrEqual(KINDS.length + 3)
    for (const key of keys) {
      const left = await server.client.pttl(key)
      expect(left).toBeGreaterThan(500_000)
      expect(left).toBeLessThanOrEqual(900_000)
    }
    await close()
  })

  test('each call of the contract is one command', async () => {
    const { server, node, close } = await opened()
    const artifacts = await node()
    await fill(artifacts) // the scripts are known to the server from here on
    const counted = await server.client.monitor()
    const commands: string[] = []
    const database = server.url.replace(/.*=/, '')
    counted.on('monitor', (_time: string, [name]: string[], source: string, number: string) => {
      if (source !== 'lua' && number === database) commands.push(name!.toLowerCase())
    })
    const session = { uid: 'u', id: 'u.1', body: {}, parties: new Map([['a', 1]]) }
    const calls: (() => Promise<unknown>)[] = [
      () => artifacts.put('code', 'x', 1, 60),
      () => artifacts.get('code', 'x'),
      () => artifacts.consume('code', 'x', 1, 60),
      () => artifacts.remove('code', 'x'),
      () => artifacts.once('x', 60),
      () => artifacts.saveSession(session, 60),
      () => artifacts.saveSession({ ...session, id: 'u.2', replaces: { id: 'u.1', grace: 9 } }, 60),
      () => artifacts.findSession('u.1'),
      () => artifacts.findSessionByUid('u'),
      () => artifacts.endSession('u', 60),
    ]
    for (const call of calls) await call()
    await server.client.echo('end')
    while (commands.at(-1) !== 'echo') await new Promise((resolve) => counted.once('monitor', resolve))
    counted.disconnect()
    expect(commands.slice(0, -1)).toHaveLength(calls.length)
    await close()
  })

  test('a server that has forgotten the scripts is taught them again', async () => {
    const { server, node, close } = await opened()
    const artifacts = await node()
    await artifacts.put('code', 'x', 1, 60)
    await server.client.script('FLUSH')
    await Promise.all(Array.from({ length: 5 }, (_, index) => artifacts.put('code', `x${index}`, 1, 60)))
    expect(await artifacts.consume('code', 'x', 1, 60)).toBe('consumed')
    await close()
  })

  test('a value moved to another id, another session or another party is not believed', async () => {
    const { server, node, close } = await opened()
    const artifacts = await node()
    const { client } = server
    await artifacts.put('access-token', 'mine', { account: 'me' }, 60)
    const [mine] = await client.keysBuffer('a:*')
    await artifacts.put('access-token', 'theirs', { account: 'them' }, 60)
    const theirs = (await client.keysBuffer('a:*')).find((key) => !key.equals(mine!))!
    await client.set(mine!, (await client.getBuffer(theirs))!, 'KEEPTTL')
    expect(await artifacts.get('access-token', 'mine')).toBeUndefined()

    for (const uid of ['a', 'b'])
      await artifacts.saveSession(
        {
          uid,
          id: `${uid}.1`,
          body: uid,
          parties: new Map([
            ['p', uid],
            ['q', uid + uid],
          ]),
        },
        60,
      )
    const [one, two] = await client.keys('s:*')
    const body = (await client.hgetBuffer(two!, 'b'))!
    const kept = (await client.hgetBuffer(one!, 'b'))!
    await client.hset(one!, 'b', body)
    const found = await Promise.all(['a', 'b'].map((uid) => artifacts.findSessionByUid(uid)))
    expect(found.filter((session) => session === undefined)).toHaveLength(1)
    await client.hset(one!, 'b', kept)
    const [p, q] = Object.keys(await client.hgetall(one!)).filter((field) => field.startsWith('p'))
    await client.hset(one!, p!, (await client.hgetBuffer(one!, q!))!)
    const again = await Promise.all(['a', 'b'].map((uid) => artifacts.findSessionByUid(uid)))
    expect(again.filter((session) => session === undefined)).toHaveLength(1)
    await close()
  })

  test('after a change of keys the records of the former key are still read', async () => {
    const { node, close } = await opened()
    const former = { version: 1, key: testKey('former') }
    const newer = { version: 2, key: testKey('newer') }
    const before = await node(openSealer([former], testRandom('before')))
    const during = await node(openSealer([former, newer], testRandom('during')))
    const after = await node(openSealer([newer], testRandom('after')))
    await before.put('grant', 'g', 'value', 60)
    expect(await during.get('grant', 'g')).toEqual({ value: 'value' })
    expect(await after.get('grant', 'g')).toBeUndefined()
    await close()
  })

  test('a session stays within bounds however often it is saved, rotated and left', async () => {
    const { server, node, close } = await opened()
    const artifacts = await node()
    const size = async () => (await dumpRedis(server.client)).reduce((sum, piece) => sum + piece.length, 0)
    const turn = (index: number) =>
      artifacts.saveSession(
        {
          uid: 'u',
          id: `u.${index}`,
          body: {},
          parties: new Map([[`agency-${index % 3}`, { grant: index }]]),
          dropped: [`agency-${(index + 1) % 3}`],
          replaces: { id: `u.${index - 1}`, grace: 1000 },
        },
        60,
      )
    for (let index = 1; index <= 50; index++) await turn(index)
    const early = await size()
    for (let index = 51; index <= 300; index++) await turn(index)
    expect(await size()).toBeLessThan(early + 50)
    await close()
  })
})
