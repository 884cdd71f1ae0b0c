import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { openAttempts } from '../../src/login/attempt.ts'
import { openFlow, type SignedIn } from '../../src/login/flow.ts'
import type { Method } from '../../src/methods/method.ts'
import { codeAt } from '../../src/methods/totp/code.ts'
import { PERSON_STATUSES } from '../../src/persons/kind-and-status.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { AGENCY, OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const CODE = thaiCode(1)

/** What the database is asked meanwhile. */
async function statements(work: () => Promise<unknown>): Promise<readonly string[]> {
  const { client } = database.db
  const acquire = client.acquireConnection
  const asked: string[] = []
  client.acquireConnection = async () => {
    const connection = await acquire.call(client)
    return Object.create(connection, {
      query: {
        value(statement: string | { text: string }, ...more: unknown[]) {
          asked.push(typeof statement === 'string' ? statement : statement.text)
          return connection.query(statement, ...more)
        },
      },
    })
  }
  const release = client.releaseConnection
  client.releaseConnection = (connection: object) => release.call(client, Object.getPrototypeOf(connection))
  try {
    await work()
  } finally {
    client.acquireConnection = acquire
    client.releaseConnection = release
  }
  return asked
}

test('a person code and the current one-time code let the person in, and the log says so', async () => {
  const { person, code } = await world.addEnrolled(CODE)
  const outcome = await world.submit(CODE, code())
  expect(outcome).toEqual({
    step: 'signed-in',
    person,
    known: expect.objectContaining({ key: person, status: 'active' }),
    acr: 'low',
    amr: ['otp', 'totp'],
    at: world.clock.now() / 1000,
    knownBrowser: expect.any(String),
  })
  expect(await world.audited('sign-in.succeeded')).toEqual([{ person, client: AGENCY, request: 'world-1' }])
})

test('spaces, hyphens and Thai digits are forgiven in both fields', async () => {
  const { code } = await world.addEnrolled(CODE)
  const thai = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x0e50 + Number(digit)))
  const typed = thai(`${CODE.slice(0, 1)}-${CODE.slice(1, 5)} ${CODE.slice(5)}`)
  expect(await world.submit(typed, ` ${thai(code().slice(0, 3))} ${code().slice(3)} `)).toMatchObject({
    step: 'signed-in',
  })
})

test('a form that was filled in wrongly is asked again, counts nothing and leaves no entry', async () => {
  await world.addEnrolled(CODE)
  for (const person_code of ['', '123', `${CODE.slice(0, 12)}${(Number(CODE[12]) + 1) % 10}`, 'x'.repeat(64)])
    expect(await world.submit(person_code, '123456')).toEqual({
      step: 'ask',
      form: 'totp',
      trouble: { code: 'PRT-1205', field: 'person_code' },
    })
  for (const code of ['', '12345', '1234567', '12a456'])
    expect(await world.submit(CODE, code)).toMatchObject({ trouble: { code: 'PRT-1206', field: 'code' } })
  expect(await rows(database.db, 'select 1 from throttle')).toEqual([])
  expect(await world.audited('sign-in.refused')).toEqual([])
})

test('a scheme that is not open here is refused like a wrong code of any', async () => {
  const outcome = await world.flow.submit(world.visit(), 'totp', { scheme: 'DK', person_code: '0101701234', code: '1' })
  expect(outcome).toMatchObject({ step: 'ask', trouble: { code: 'PRT-1205' } })
})

test('a code works once: fifty at the same moment over two nodes let one in', async () => {
  const { code } = await world.addEnrolled(CODE)
  const other = database.another()
  const second = signInWorld(other, world.clock, 'second')
  // Ten known browsers, five tries each: the throttle lets all fifty be evaluated.
  const person = (await world.persons.find(database.db, 'TH', CODE))!.key
  const browsers = Array.from({ length: 10 }, () => world.knownBrowsers.add(undefined, person))
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, n) => (n % 2 ? world : second).submit(CODE, code(), { browser: browsers[n % 10] })),
  )
  expect(outcomes.filter(({ step }) => step === 'signed-in')).toHaveLength(1)
  const losers = outcomes.flatMap((outcome) => (outcome.step === 'ask' ? [outcome.trouble?.code] : []))
  expect(new Set(losers)).toEqual(new Set(['PRT-1202']))
  expect(losers).toHaveLength(49)
  expect(await world.audited('sign-in.succeeded')).toHaveLength(1)
})

test('neither the used code nor an older one works any more, the next one does', async () => {
  const { code } = await world.addEnrolled(CODE)
  const earlier = code()
  world.clock.advance(30_000)
  const current = code()
  expect(await world.submit(CODE, current)).toMatchObject({ step: 'signed-in' })
  expect(await world.submit(CODE, current)).toMatchObject({ trouble: { code: 'PRT-1202', field: 'code' } })
  expect(await world.submit(CODE, earlier)).toMatchObject({ trouble: { code: 'PRT-1202' } })
  world.clock.advance(30_000)
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
})

test('the right code forgets the wrong ones before it', async () => {
  const { secret, code } = await world.addEnrolled(CODE)
  for (let n = 0; n < 4; n++) await world.submit(CODE, world.wrong(secret))
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
  expect(await world.submit(CODE, world.wrong(secret))).toMatchObject({ trouble: { values: { left: 4 } } })
})

test('who has no one-time code gets in with none, not even with the decoy’s', async () => {
  await world.addPerson(CODE)
  const decoy = await world.credentials.seek(database.db, 'TH', CODE, 'totp')
  const { code } = codeAt(decoy.secret, world.clock.now())
  expect(await world.submit(CODE, code)).toMatchObject({ trouble: { code: 'PRT-1201' } })
  expect(await world.submit(thaiCode(2), code)).toMatchObject({ trouble: { code: 'PRT-1201' } })
})

describe('who is not to be told from whom', () => {
  /** The answers to one wrong try after another, and what the database was asked. */
  async function tries(personCode: string) {
    const answers: unknown[] = []
    const asked = await statements(async () => {
      for (let n = 0; n < 12; n++) answers.push(await world.submit(personCode, '000000', { source: `192.0.2.${n}` }))
    })
    return { answers, asked }
  }

  test('somebody unknown, somebody without this means and a wrong code read and cost the same', async () => {
    await world.addEnrolled(CODE)
    await world.addPerson(thaiCode(2))
    const { person } = await world.addEnrolled(thaiCode(3))
    await world.credentials.revoke(database.db, person, 'totp', OPERATOR)
    const enrolled = await tries(CODE)
    expect(enrolled.answers[0]).toEqual({
      step: 'ask',
      form: 'totp',
      trouble: { code: 'PRT-1201', field: 'code', values: { left: 4 } },
    })
    expect(enrolled.answers[5]).toMatchObject({ trouble: { code: 'PRT-1203' } })
    // Look them up, count the try, write it down; the last two are turned away too often to be written down.
    expect(enrolled.asked).toHaveLength(3 * 10 + 2 * 2)
    for (const other of [thaiCode(2), thaiCode(3), thaiCode(4)]) expect(await tries(other)).toEqual(enrolled)
  })
})

test('who gets in costs three statements, found, counted, let in, and nothing of the sessions store', async () => {
  const { code } = await world.addEnrolled(CODE)
  const asked = await statements(() => world.submit(CODE, code()))
  expect(asked).toHaveLength(3)
  expect(world.storeAsked()).toBe(0)
  expect(await rows(database.db, 'select failures from throttle')).toEqual([{ failures: 0 }])
})

test('who is suspended between the look-up and the letting in stays out, and the code is used up', async () => {
  const { person, code } = await world.addEnrolled(CODE)
  const why = { actor: OPERATOR, reason: 'test' }
  let once = () => world.persons.setStatus(database.db, person, 'suspended', why)
  const flow = openFlow({
    ...world,
    methods: world.methods.map((method) => ({
      ...method,
      async resume(state, input) {
        const step = await method.resume(state, input)
        await once()
        once = async () => false
        return step
      },
    })),
    attempts: world.attempts,
  })
  const fields = { person_code: CODE, code: code() }
  expect(await flow.submit(world.visit(), 'totp', fields)).toEqual({ step: 'refused', refusal: { code: 'PRT-1101' } })
  expect(await world.audited('sign-in.succeeded')).toEqual([])
  expect(await world.audited('sign-in.refused')).toMatchObject([{ person }])
  await world.persons.setStatus(database.db, person, 'active', why)
  expect(await world.submit(CODE, code())).toMatchObject({ trouble: { code: 'PRT-1202' } })
})

describe('what is written along with the letting-in', () => {
  /** An entry of its own, and how often it was asked for and taken back. */
  function along(sql = 'insert into wiped_means (person, wiped_at, methods) select ?, ?, ? where {only} returning 1') {
    const said = { asked: [] as unknown[], undone: 0 }
    const visit = {
      along: async (who: SignedIn) => {
        said.asked.push(who)
        return {
          parts: [{ sql, values: [who.person, new Date(0), ['along']] }],
          undo: async () => void said.undone++,
        }
      },
    }
    const written = async () => (await rows(database.db, "select 1 from wiped_means where methods = '{along}'")).length
    return { said, visit, written }
  }

  test('stands when the person is in, by the same statement', async () => {
    const { code } = await world.addEnrolled(CODE)
    const { said, visit, written } = along()
    let outcome: unknown
    const asked = await statements(async () => {
      outcome = await world.submit(CODE, code(), visit)
    })
    expect(asked).toHaveLength(3)
    expect(said).toEqual({ asked: [outcome], undone: 0 })
    expect(await written()).toBe(1)
  })

  test('is never of an earlier moment than the sign-in', async () => {
    const { code } = await world.addEnrolled(CODE)
    const { visit } = along()
    let asked = 0
    const slowly = async (who: SignedIn) => {
      asked = world.clock.now()
      world.clock.advance(5)
      return visit.along(who)
    }
    await world.submit(CODE, code(), { along: slowly })
    const [entry] = await rows<{ at: Date }>(database.db, `select at from audit_event where type = 'sign-in.succeeded'`)
    expect(entry?.at.getTime()).toBeLessThanOrEqual(asked)
  })

  test('is not even asked for by a wrong code', async () => {
    const { secret } = await world.addEnrolled(CODE)
    const { said, visit } = along()
    expect(await world.submit(CODE, world.wrong(secret), visit)).toMatchObject({ trouble: { code: 'PRT-1201' } })
    expect(said).toEqual({ asked: [], undone: 0 })
  })

  test('stands once for fifty who send the same code at once, and is taken back for all others', async () => {
    const { code } = await world.addEnrolled(CODE)
    const { said, visit, written } = along()
    const person = (await world.persons.find(database.db, 'TH', CODE))!.key
    const browsers = Array.from({ length: 10 }, () => world.knownBrowsers.add(undefined, person))
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => world.submit(CODE, code(), { ...visit, browser: browsers[n % 10] })),
    )
    expect(outcomes.filter(({ step }) => step === 'signed-in')).toHaveLength(1)
    expect(said.asked.length).toBeGreaterThan(1)
    expect(said.undone).toBe(said.asked.length - 1)
    expect(await written()).toBe(1)
  })

  test('takes the sign-in with it when it can’t be written, and the code is as good as before', async () => {
    const { code } = await world.addEnrolled(CODE)
    const { said, visit } = along('insert into nowhere select ?, ?, ? where {only} returning 1')
    await expect(world.submit(CODE, code(), visit)).rejects.toThrow(/nowhere/)
    expect(said).toMatchObject({ undone: 1 })
    expect(await world.audited('sign-in.succeeded')).toEqual([])
    expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
  })
})

test('a stranger’s thousand failures do not keep a person out who has nothing but this', async () => {
  const { code } = await world.addEnrolled(CODE)
  const first = await world.submit(CODE, code())
  if (first.step !== 'signed-in') throw new Error('not signed in')
  for (let n = 0; n < 1000; n++) {
    await world.submit(CODE, '000000')
    if (n % 17 === 0) world.clock.advance(3_600_000)
  }
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'refused', refusal: { code: 'PRT-1204' } })
  expect(await world.submit(CODE, code(), { browser: first.knownBrowser })).toMatchObject({ step: 'signed-in' })
}, 60_000)

test('the fiftieth wrong code stops the factor; a new enrolment lifts the stop', async () => {
  const { person, secret } = await world.addEnrolled(CODE)
  await world.submit(CODE, world.wrong(secret))
  await rows(database.db, 'update throttle set failures = 49')
  const until = world.clock.now() + 86_400_000
  const stopped = { step: 'refused', refusal: { code: 'PRT-1204', values: { seconds: 86_400, until } } }
  expect(await world.submit(CODE, world.wrong(secret))).toEqual(stopped)
  expect(await world.submit(CODE, '123456')).toEqual(stopped)
  await world.credentials.enrolTotp(database.db, person, OPERATOR)
  expect(await world.submit(CODE, '000000')).toMatchObject({ trouble: { values: { left: 4 } } })
})

test('a flood leaves at most one entry a counted try and five a wait', async () => {
  const { secret } = await world.addEnrolled(CODE)
  const wrong = world.wrong(secret)
  for (let n = 0; n < 100; n++) await world.submit(CODE, wrong, { source: `192.0.2.${n}` })
  expect(await world.audited('sign-in.refused')).toHaveLength(5 + 5)
  world.clock.advance(30_000)
  for (let n = 0; n < 100; n++) await world.submit(CODE, wrong, { source: `198.51.100.${n}` })
  expect(await world.audited('sign-in.refused')).toHaveLength(10 + 1 + 5)
})

describe('the status of the register entry', () => {
  const enters = { active: true, protected: true, emigrated: true, deceased: false, suspended: false }
  test.each(PERSON_STATUSES)('%s', async (status) => {
    const { person, code } = await world.addEnrolled(CODE, status)
    const outcome = await world.submit(CODE, code())
    if (enters[status]) {
      expect(outcome).toMatchObject({ step: 'signed-in', person })
      return
    }
    const told = status === 'deceased' ? 'PRT-1105' : 'PRT-1101'
    expect(outcome).toEqual({ step: 'refused', refusal: { code: told } })
    expect(await world.audited('sign-in.refused')).toEqual([{ person, client: AGENCY, request: 'world-1' }])
    expect(await world.submit(CODE, code())).toMatchObject({ trouble: { code: 'PRT-1202' } })
  })
})

test('who is signed in as another must sign out first', async () => {
  const { code } = await world.addEnrolled(CODE)
  const other = await world.addPerson(thaiCode(2))
  expect(await world.submit(CODE, code(), { signedInAs: other })).toEqual({
    step: 'refused',
    refusal: { code: 'PRT-1010' },
  })
})

test('a method that can’t reach what is asked, or isn’t allowed, is neither begun nor submitted', async () => {
  await world.addEnrolled(CODE)
  expect(world.flow.choices({ client: AGENCY, need: 'high' })).toEqual([
    { method: 'totp', assurance: 'substantial', usable: false, because: 'PRT-1103' },
  ])
  expect(world.flow.choices({ client: AGENCY, need: 'low', allowed: [] })).toMatchObject([
    { usable: false, because: 'PRT-1104', foreign: true },
  ])
  expect(world.flow.choices({ client: AGENCY, need: 'low' })).toEqual([
    { method: 'totp', assurance: 'substantial', usable: true },
  ])
  const high = world.visit({ need: 'high' })
  await expect(world.flow.begin(high, 'totp')).rejects.toMatchObject({ code: 'PRT-1103' })
  await expect(world.flow.submit(high, 'totp', {})).rejects.toMatchObject({ code: 'PRT-1103' })
  await expect(world.flow.begin(world.visit({ allowed: [] }), 'totp')).rejects.toMatchObject({ code: 'PRT-1104' })
  await expect(world.flow.begin(world.visit(), 'card')).rejects.toMatchObject({ code: 'PRT-1004' })
  expect(await world.flow.begin(world.visit(), 'totp')).toEqual({ step: 'ask', form: 'totp' })
})

test('no entry, no sign-in: when the log can’t be written nobody is in, the code is still good and its source has not failed', async () => {
  const { code } = await world.addEnrolled(CODE)
  await database.db.raw('alter table audit_event rename to elsewhere')
  await expect(world.submit(CODE, code())).rejects.toThrow()
  const failures = async () =>
    (await rows<{ n: number }>(database.db, 'select failures as n from throttle order by 1')).map(({ n }) => n).join()
  // Given back behind the answer's back; one stands, against guesses at the person's own.
  while ((await failures()) !== '0,1') await pause(5)
  await database.db.raw('alter table elsewhere rename to audit_event')
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
})

test('of an address that pretends to come back from elsewhere nothing is taken where nobody does', async () => {
  const { code } = await world.addEnrolled(CODE)
  const fields = { person_code: CODE, code: code(), returned: '1' }
  expect(await world.flow.submit(world.visit(), 'totp', fields)).toMatchObject({ step: 'ask' })
  expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
})

describe('a method that keeps something between requests', () => {
  const kept = new Map<string, unknown>()
  const artifacts = {
    put: async (_kind: string, id: string, value: unknown) => void kept.set(id, JSON.parse(JSON.stringify(value))),
    get: async (_kind: string, id: string) => {
      const value = kept.get(id)
      return value === undefined ? undefined : { value: value as never }
    },
    remove: async (_kind: string, id: string) => void kept.delete(id),
  }
  /** Waits once, then proves whoever is named: more than it declares to be able to, when asked. */
  const waiting = (assurance: 'low' | 'high'): Method => ({
    id: 'totp',
    assurance: 'low',
    begin: async () => ({ step: 'wait', form: 'phone', show: '1234', again: 5, state: { asked: 1 } }),
    resume: async (state) =>
      state === null
        ? { step: 'refused', refusal: { code: 'PRT-1001' } }
        : {
            step: 'proved',
            proof: {
              method: 'totp',
              scheme: 'TH',
              code: CODE,
              assurance,
              amr: ['sc'],
              evidence: JSON.stringify(state),
            },
          },
  })
  let flows = 0
  const flowOf = (method: Method) =>
    openFlow({
      ...world,
      methods: [method],
      attempts: openAttempts({ artifacts, stateful: ['totp'] }),
      audit: openAuditLog({
        sealer: testSealer('audit-payload'),
        clock: world.clock,
        random: testRandom(`flow ${++flows}`),
      }),
    })

  test('its state is kept under the interaction, handed back once, and gone afterwards', async () => {
    const person = await world.addPerson(CODE)
    const flow = flowOf(waiting('low'))
    expect(await flow.submit(world.visit(), 'totp', {})).toMatchObject({ step: 'refused' })
    expect(await flow.begin(world.visit(), 'totp')).toEqual({ step: 'wait', form: 'phone', show: '1234', again: 5 })
    expect([...kept]).toEqual([['interaction', { method: 'totp', state: { asked: 1 } }]])
    expect(await flow.submit(world.visit(), 'totp', {})).toMatchObject({
      step: 'signed-in',
      person,
      amr: ['sc', 'totp'],
    })
    expect(kept.size).toBe(0)
  })

  test('a proof above what the method declares lets nobody in, nor does one of nobody', async () => {
    await world.addPerson(CODE)
    const flow = flowOf(waiting('high'))
    await flow.begin(world.visit(), 'totp')
    expect(await flow.submit(world.visit(), 'totp', {})).toMatchObject({ refusal: { code: 'PRT-1103' } })
    await rows(database.db, 'delete from person_identifier')
    const honest = flowOf(waiting('low'))
    await honest.begin(world.visit(), 'totp')
    expect(await honest.submit(world.visit(), 'totp', {})).toMatchObject({ refusal: { code: 'PRT-1102' } })
  })
})
