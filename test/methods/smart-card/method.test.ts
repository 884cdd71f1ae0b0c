import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/identity/json.ts'
import type { Step } from '../../../src/methods/method.ts'
import { type CardShow, type Needs, openSmartCard } from '../../../src/methods/smart-card/method.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { openRedis } from '../../../src/platform/redis.ts'
import type { Artifacts } from '../../../src/sessions/artifacts.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { openRedisArtifacts } from '../../../src/sessions/redis.ts'
import { type CardWorld, cardWorld, ORIGIN } from '../../support/card-validation.ts'
import type { TestCard } from '../../support/cards.ts'
import { testSealer } from '../../support/keys.ts'
import { type TestRedis, testRedis } from '../../support/redis.ts'

// The nonce: 256 bits, five minutes, one use over all nodes, whatever comes of it.

let world: CardWorld
let card: TestCard
let redis: TestRedis
const opened: Artifacts[] = []
beforeAll(async () => {
  world = cardWorld()
  card = world.ca.card({ curve: 'P-256' })
  redis = await testRedis()
})
afterAll(async () => {
  for (const artifacts of opened) await artifacts.close()
  await redis.close()
})

const method = (artifacts: Pick<Artifacts, 'once'>, more: Partial<Needs> = {}) =>
  openSmartCard({
    validation: world.validation(),
    artifacts,
    available: () => true,
    origin: ORIGIN,
    clock: world.clock,
    random: systemRandom,
    ...more,
  })

async function overRedis(): Promise<Artifacts> {
  const artifacts = openRedisArtifacts({
    redis: await openRedis({ url: redis.url }),
    sealer: testSealer('sessions'),
    clock: world.clock,
  })
  opened.push(artifacts)
  return artifacts
}

function asked(step: Step): { readonly show: CardShow; readonly state: Json } {
  if (step.step !== 'ask') throw new Error(`not asked: ${JSON.stringify(step)}`)
  return { show: step.show as unknown as CardShow, state: JSON.parse(JSON.stringify(step.state)) as Json }
}
const tokenOver = (nonce: string, origin = ORIGIN) => JSON.stringify(card.token({ origin, nonce }))
const input = (fields: Record<string, string>) => ({
  fields,
  source: '192.0.2.1',
  need: 'low' as const,
  language: 'en' as const,
  towards: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
  back: 'https://pratu.example/login/interaction/smart-card/return',
})

describe.each(['memory', 'redis'])('with markers in %s', (kept) => {
  let here: Artifacts
  let there: Artifacts
  beforeAll(async () => {
    here = kept === 'redis' ? await overRedis() : openMemoryArtifacts({ clock: world.clock })
    there = kept === 'redis' ? await overRedis() : here
  })

  test('of fifty who bring one right token at the same moment, to two nodes, one is let in', async () => {
    const nodes = [method(here), method(there)]
    const { show, state } = asked(await nodes[0]!.begin(input({})))
    const token = tokenOver(show.nonce)
    const steps = await Promise.all(Array.from({ length: 50 }, (_, n) => nodes[n % 2]!.resume(state, input({ token }))))
    expect(steps.filter(({ step }) => step === 'proved')).toHaveLength(1)
    const others = steps.flatMap((step) => (step.step === 'ask' ? [step.trouble?.code] : []))
    expect(others).toEqual(Array.from({ length: 49 }, () => 'PRT-1605'))
  })

  test('a nonce that was answered wrongly is used up: the right answer comes too late, and a fresh nonce with it', async () => {
    const node = method(here)
    const { show, state } = asked(await node.begin(input({})))
    const wrong = await node.resume(state, input({ token: tokenOver(show.nonce, 'https://other.example') }))
    expect(wrong).toMatchObject({
      step: 'refused',
      refusal: { code: 'PRT-1601' },
      note: { because: 'signature-invalid' },
    })
    const late = await node.resume(state, input({ token: tokenOver(show.nonce) }))
    expect(late).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1605' }, note: { because: 'nonce-unusable' } })
    const fresh = asked(late)
    expect(fresh.show.nonce).not.toBe(show.nonce)
    expect(await node.resume(fresh.state, input({ token: tokenOver(fresh.show.nonce) }))).toMatchObject({
      step: 'proved',
    })
  })

  test('it is good for five minutes and not for a millisecond more', async () => {
    const node = method(here)
    const first = asked(await node.begin(input({})))
    const second = asked(await node.begin(input({})))
    world.clock.advance(5 * 60_000)
    expect(await node.resume(first.state, input({ token: tokenOver(first.show.nonce) }))).toMatchObject({
      step: 'proved',
    })
    world.clock.advance(1)
    const late = await node.resume(second.state, input({ token: tokenOver(second.show.nonce) }))
    expect(late).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1605' } })
  })
})

describe('without a store of its own', () => {
  const memory = () => method(openMemoryArtifacts({ clock: world.clock }))

  test('a nonce is 256 bits of chance in 44 characters, and no two are alike', async () => {
    const node = memory()
    const nonces = await Promise.all(
      Array.from({ length: 100 }, async () => asked(await node.begin(input({}))).show.nonce),
    )
    expect(new Set(nonces).size).toBe(100)
    for (const nonce of nonces) {
      expect(nonce).toHaveLength(44)
      expect(Buffer.from(nonce, 'base64')).toHaveLength(32)
    }
  })

  test('another interaction’s nonce, and none, get nobody in', async () => {
    const node = memory()
    const mine = asked(await node.begin(input({})))
    const theirs = asked(await node.begin(input({})))
    const borrowed = await node.resume(mine.state, input({ token: tokenOver(theirs.show.nonce) }))
    expect(borrowed).toMatchObject({ step: 'refused', note: { because: 'signature-invalid' } })
    const stateless = await node.resume(null, input({ token: tokenOver(mine.show.nonce) }))
    expect(stateless).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1605' } })
  })

  test('a form without a token says so and asks again', async () => {
    const node = memory()
    const { state } = asked(await node.begin(input({})))
    expect(await node.resume(state, input({ token: '' }))).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1609' } })
  })

  test('what is proved names the person, how, and evidence that says nothing by itself', async () => {
    const node = memory()
    const { show, state } = asked(await node.begin(input({})))
    const step = await node.resume(state, input({ token: tokenOver(show.nonce) }))
    expect(step).toEqual({
      step: 'proved',
      proof: {
        method: 'smart-card',
        scheme: 'EE',
        code: '60001019906',
        assurance: 'high',
        amr: ['sc', 'pin', 'mfa'],
        evidence: expect.stringMatching(/^[\w-]{43}$/),
        names: { given: 'ÕNNE-MARI', family: 'NÄIDIS' },
      },
    })
  })

  test('a bare number that fits two schemes of its issuer names both, and a policy marks an e-resident', async () => {
    const clock = world.clock
    const eResidents = ['1.3.6.1.4.1.51361.1.1.4']
    const validation = world.validation({}, { schemes: ['EE', 'LT'], eResidents })
    const node = method(openMemoryArtifacts({ clock }), { validation })
    const bare = world.ca.card({
      policies: eResidents,
      subject: [
        ['SN', 'NÄIDIS'],
        ['serialNumber', '60001019906'],
      ],
    })
    const { show, state } = asked(await node.begin(input({})))
    const token = JSON.stringify(bare.token({ origin: ORIGIN, nonce: show.nonce }))
    expect(await node.resume(state, input({ token }))).toMatchObject({
      step: 'proved',
      proof: { scheme: 'EE', orElse: [{ scheme: 'LT', code: '60001019906' }], kind: 'e-resident' },
    })
  })
})
