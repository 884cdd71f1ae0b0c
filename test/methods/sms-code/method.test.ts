import { beforeEach, describe, expect, test } from '@jest/globals'
import { personKey } from '../../../src/identity/identifiers.ts'
import type { Json } from '../../../src/identity/json.ts'
import type { Guard } from '../../../src/methods/guard.ts'
import type { MethodInput, Step } from '../../../src/methods/method.ts'
import type { Right } from '../../../src/methods/second-factor.ts'
import { openCodes } from '../../../src/methods/sms-code/codes.ts'
import { openSmsCode } from '../../../src/methods/sms-code/method.ts'
import type { SmsBody } from '../../../src/methods/sms-code/wire.ts'
import type { Person } from '../../../src/persons/person.ts'
import type { Db } from '../../../src/platform/db.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { messageWords } from '../../../src/web/message-words.ts'
import { testClock } from '../../support/clock.ts'
import { testIndexer, testRandom } from '../../support/keys.ts'

// What the method asks of those around it: to whom it sends, and by what a code is used up.

const CODE = '1999900001010'
const somebody = { key: personKey('11111111-1111-4111-8111-111111111111') } as Person
const clock = testClock()
let sent: SmsBody[]
let ended: string[]
let used: { readonly credential: string; readonly step: number }[]
let serves = true
let available = true
beforeEach(() => {
  sent = []
  ended = []
  used = []
  serves = true
  available = true
})

const guard = {
  spend: async () => ({ ok: true, otherwise: { code: 'PRT-1201' } }),
} as unknown as Guard

const method = openSmsCode({
  db: {} as Db,
  credentials: {
    seek: async (_db, _scheme, code) =>
      code === CODE
        ? { person: somebody, credential: 'c1', secret: Buffer.from('+66812345678') }
        : { secret: Buffer.from('decoy') },
    acceptance(credential, step) {
      used.push({ credential, step })
      return { sql: '', values: [] }
    },
  },
  gateway: { serves: () => serves, soon: (message) => void sent.push(message), available: () => available },
  codes: openCodes({
    indexer: testIndexer('codes'),
    artifacts: openMemoryArtifacts({ clock }),
    clock,
    random: testRandom('codes'),
  }),
  prompts: {
    begin: async () => ({ ok: true, prompt: 'p1' }),
    end: async (prompt, how) => void ended.push(`${prompt} ${how}`),
  },
  isKnown: () => false,
  guard,
  secondFactor: {
    after: async ({ proof }: Right): Promise<Step> => ({ step: 'proved', proof }),
    answer: async () => undefined,
  },
  words: messageWords,
  clock,
  schemes: ['TH'],
  host: 'id.example',
})

const input = (fields: Record<string, string>): MethodInput => ({
  fields,
  source: '127.0.0.1',
  need: 'low',
  language: 'en',
  towards: { th: 'x', en: 'Revenue Department', et: 'x' },
  back: 'https://id.example/',
})

/** Through JSON, as the sessions store has it. */
async function step(state: Json, fields: Record<string, string>): Promise<Step & { readonly state?: Json }> {
  const next = await method.resume(state, input(fields))
  return JSON.parse(JSON.stringify(next)) as Step
}
const asked = async (code = CODE): Promise<Json> => (await step(null, { person_code: code })).state ?? null

describe('the method', () => {
  test('keeps nothing by which the code, or the number, could be read', async () => {
    const state = JSON.stringify(await asked())
    const [{ text }] = sent as [SmsBody]
    expect(state).not.toContain(/\d{6}/.exec(text)![0])
    expect(state).not.toContain('66812345678')
  })

  test('sends to whom it may, and to nobody else', async () => {
    await asked('1999900002024')
    serves = false
    await asked()
    expect(sent).toEqual([])
    serves = true
    await asked()
    expect(sent).toMatchObject([
      { to: '+66812345678', purpose: 'code', expires: new Date(clock.now() + 300_000).toISOString() },
    ])
  })

  test('uses a right code up by the moment at which it was sent, so that it counts once and an earlier one no more', async () => {
    const state = await asked()
    const at = clock.now()
    clock.advance(30_000)
    const code = /\d{6}/.exec(sent[0]!.text)![0]
    const proved = await step(state, { code })
    expect(proved).toMatchObject({
      step: 'proved',
      proof: { method: 'sms-code', scheme: 'TH', code: CODE, assurance: 'low', amr: ['otp', 'sms'] },
    })
    await step(state, { code })
    expect(used).toEqual([
      { credential: 'c1', step: at },
      { credential: 'c1', step: at },
    ])
    expect(ended).toEqual(['p1 answered', 'p1 answered'])
  })

  test('takes no code for somebody who has no telephone, not even the right one', async () => {
    const state = await asked('1999900002024')
    const answers = await Promise.all(['000000', '999999'].map((code) => step(state, { code })))
    expect(answers.map((one) => (one.step === 'ask' ? one.trouble?.code : one.step))).toEqual(['PRT-1901', 'PRT-1901'])
    expect(used).toEqual([])
  })

  test('asks nobody to wait for a message while the gateway does not answer', async () => {
    available = false
    expect(method.available?.()).toBe(false)
    expect(await step(null, { person_code: CODE })).toMatchObject({ step: 'refused', refusal: { code: 'PRT-1904' } })
  })
})
