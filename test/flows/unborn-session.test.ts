import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { ask } from '../../src/platform/patience.ts'
import { ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { callback, redeem, request, signIn, startService, type TestService } from '../support/service.ts'

// A sign-in that comes to nothing at its very end, and its session with it: on the list it would wait for its end, and an
// agency that is told of that may put out the person who is in by another one.

let at: TestService
let turns = 0
beforeAll(async () => {
  at = await startService({})
})
afterAll(() => at.close())

const listed = () => rows(at.database.db, 'select ref from live_session')
const parties = () => rows(at.database.db, 'select ref from live_session_party')

test.each([
  ['put', 'the short way', {}],
  ['saveSession', 'the short way', {}],
  ['consume', 'the short way', {}],
  ['consume', 'the library', { max_age: '3600' }],
] as const)(
  'a session whose %s failed, by %s, is on no list; one that is begun in its place is',
  async (call, _way, more) => {
    const { artifacts } = at.service
    const before = (await listed()).length
    const { [call]: own } = artifacts as unknown as Record<string, (...words: unknown[]) => Promise<unknown>>
    let failed = 0
    Object.assign(artifacts, {
      async [call](...words: unknown[]) {
        const mine = call === 'saveSession' || words[0] === (call === 'put' ? 'code' : 'interaction')
        if (!mine || failed++ > 0) return own!.apply(artifacts, words)
        if (call !== 'consume') throw new ArtifactsUnavailable('away for a moment')
        // Another request was faster.
        await own!.apply(artifacts, words)
        return own!.apply(artifacts, words)
      },
    })
    const citizen = at.citizens[turns++ % at.citizens.length]!
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax', more)
    const end = await signIn(at, visitor, citizen, asked).finally(() => Object.assign(artifacts, { [call]: own }))
    expect(failed).toBeGreaterThan(0)
    // What failed once may have been done anew in the same request; then there is one session, and it is the person's.
    const code = end.headers.get('location') === null ? undefined : callback(end).code
    if (code !== undefined) expect(await redeem(at.issuer, 'tax', code, asked.verifier)).toMatchObject({ status: 200 })
    expect((await listed()).length).toBe(before + (code === undefined ? 0 : 1))
    expect((await parties()).length).toBe((await listed()).length)
  },
)

test('whoever is let in at the second look, because their entry has changed meanwhile, gets a code and a session that live', async () => {
  const { artifacts } = at.service
  const { put } = artifacts
  const before = (await listed()).length
  let changed = 0
  Object.assign(artifacts, {
    async put(...words: Parameters<typeof put>) {
      await put(...words)
      // What is stored before the letting-in is there, and the person is not any more as they were read.
      if (words[0] === 'code' && changed++ === 0) await rows(at.database.db, 'update person set version = version + 1')
    },
  })
  const citizen = at.citizens[turns++ % at.citizens.length]!
  const asked = request(at.issuer, 'tax')
  const end = await signIn(at, at.visitor(), citizen, asked).finally(() => Object.assign(artifacts, { put }))
  expect(changed).toBeGreaterThan(0)
  expect(await redeem(at.issuer, 'tax', callback(end).code!, asked.verifier)).toMatchObject({ status: 200 })
  expect((await listed()).length).toBe(before + 1)
  expect((await parties()).length).toBe((await listed()).length)
})

test('on a slow day the answer is made by a request of its own: this one has met slowness, and the code is used by then', async () => {
  const { artifacts } = at.service
  const { get } = artifacts
  let slow = 0
  Object.assign(artifacts, {
    async get(...words: Parameters<typeof get>) {
      // As a store that takes its time, once.
      if (words[0] === 'interaction' && slow++ === 0)
        await ask(
          700,
          () => pause(200),
          () => new Error('late'),
        )
      return get(...words)
    },
  })
  const visitor = at.visitor()
  const asked = request(at.issuer, 'tax')
  const begun = await visitor.open(asked.url)
  const { scheme, code, oneTimeCode } = at.citizens[turns++ % at.citizens.length]!
  const answer = await visitor
    .submit(begun, { scheme, person_code: code, code: oneTimeCode() })
    .finally(() => Object.assign(artifacts, { get }))
  expect(slow).toBeGreaterThan(0)
  expect(new URL(answer.url).pathname).toMatch(/^\/auth\/[\w-]+$/)
  expect(await redeem(at.issuer, 'tax', callback(answer).code!, asked.verifier)).toMatchObject({ status: 200 })
})
