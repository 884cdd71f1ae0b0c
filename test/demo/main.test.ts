import { createServer } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { browser } from '../support/browser.ts'
import { type Demo, prepareDemo } from '../support/demo.ts'
import { freePorts } from '../support/ports.ts'
import { signInByHand } from '../support/sign-in-by-hand.ts'

// `npm start` from the first time to Ctrl-C, as a newcomer has it. One story: each test goes on where the last one ended.

const prepared = await prepareDemo()
let demo: Demo

afterAll(() => (demo ? demo.remove() : prepared.remove()))

/** Four ports above the service's own. */
const cardsResponder = ({ issuer }: Demo): string => `http://127.0.0.1:${Number(new URL(issuer).port) + 4}`
/** Everything outside the door: three ports above. */
const outside = ({ issuer }: Demo): string => `http://localhost:${Number(new URL(issuer).port) + 3}`

describe('npm start', () => {
  test('with a database that is not there fails with a sentence, not with a stack', async () => {
    const [port] = await freePorts(1)
    const { code, said } = await prepared.fails({ PRATU_DATABASE_URL: `postgres://pratu@127.0.0.1:${port}/pratu` })
    expect(code).toBe(1)
    expect(said).toBe(`The database does not answer: connect ECONNREFUSED 127.0.0.1:${port}\n`)
  })

  test('says where everything is, and then that it is ready', async () => {
    demo = await prepared.start()
    const said = demo.said()
    expect(said.endsWith(`ready ${demo.issuer}\n`)).toBe(true)
    for (const address of [demo.issuer, ...demo.agencies, outside(demo), cardsResponder(demo)])
      expect(said).toContain(address)
    expect(said).toMatch(/PostgreSQL/)
    expect(said).toMatch(/Redis|in this process/)
    expect(said.split('\n').length).toBeLessThan(25)
    expect(said).not.toMatch(/\d{13}/)
  })

  test('gives everybody a card that the service takes, of a CA with a responder of its own', async () => {
    const cards = (await (await fetch(`${demo.issuer}/demo/cards.json`)).json()) as Record<string, unknown>[]
    expect(cards).toHaveLength(12)
    expect(new Set(cards.map(({ card }) => card)).size).toBe(12)
    const { asked, answer } = (await (await fetch(`${cardsResponder(demo)}/manage`)).json()) as Record<string, unknown>
    expect([asked, answer]).toEqual([0, 'as it should'])
  })

  test('gives scripts an array of people with code and secret', async () => {
    const citizens = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as Record<string, unknown>[]
    expect(citizens).toHaveLength(12)
    for (const citizen of citizens) {
      expect(citizen).toMatchObject({
        name: expect.any(String),
        person_code: expect.stringMatching(/^\d{11,13}$/),
        totp_secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        code: expect.stringMatching(/^\d{6}$/),
        phone: expect.stringMatching(/^\+\d{11}$/),
      })
    }
  })

  test('lets somebody in at one agency, and the other knows them without a form; each sees another sub', async () => {
    const person = browser()
    const { end } = await signInByHand(person, demo.issuer, `${demo.agencies[0]}/sign-in`, 1)
    expect(end.url).toBe(`${demo.agencies[0]}/`)
    expect(end.body).toContain('สมชาย')
    const trail = await person.get(`${demo.agencies[1]}/sign-in`)
    expect(trail.body).not.toContain('name="person_code"')
    const other = trail.body.includes('id="consent-allow"') ? await person.submit(trail, { consent: 'allow' }) : trail
    expect(other.url).toBe(`${demo.agencies[1]}/`)
    const sub = (html: string) => /data-claim="sub"[^>]*>([^<]+)</.exec(html)?.[1]
    expect(sub(end.body)).toBeDefined()
    expect(sub(other.body)).toBeDefined()
    expect(sub(other.body)).not.toBe(sub(end.body))
  })

  test('lets somebody in by ThaID, whose app and telephone are on screen', async () => {
    const [person, telephone] = [browser(), browser()]
    const waiting = await person.submit(await person.get(`${demo.agencies[0]}/sign-in`), { method: 'thaid' })
    expect(waiting.url).toContain(`${outside(demo)}/thaid/wait/`)
    const app = /id="open-app" href="([^"]+)"/.exec(waiting.body)![1]!
    const picked = await telephone.submit(await telephone.get(new URL(app, waiting.url).href), {
      phone: '+66100000101',
    })
    expect(picked.url).toContain(`${outside(demo)}/phones/66100000101`)
    await telephone.submit(picked, { answer: 'confirm' })
    const back = await person.get(waiting.url)
    const end = back.body.includes('id="consent-allow"') ? await person.submit(back, { consent: 'allow' }) : back
    expect(end.url).toBe(`${demo.agencies[0]}/`)
    expect(end.body).toContain('สมหญิง')
  })

  test('a second start says what is in the way, changes nothing and fails', async () => {
    const { code, said } = await demo.again()
    expect(code).toBe(1)
    expect(said).toMatch(new RegExp(`Port ${new URL(demo.issuer).port} is taken by process \\d+`))
    expect((await fetch(`${demo.issuer}/health/ready`)).status).toBe(200)
  })

  test('Ctrl-C leaves nothing running and no port taken', async () => {
    expect(demo.left().length).toBeGreaterThan(0)
    expect(await demo.stop('SIGINT')).toBe(0)
    expect(demo.left()).toEqual([])
    for (const address of [demo.issuer, ...demo.agencies, outside(demo), cardsResponder(demo)]) {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(Number(new URL(address).port), '127.0.0.1', resolve)
      })
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('the second time everybody is who they were', async () => {
    const before = demo
    demo = await prepared.start()
    expect(demo.folder).toBe(before.folder)
    const citizens = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as { totp_secret: string }[]
    expect(citizens).toHaveLength(12)
    const { end } = await signInByHand(browser(), demo.issuer, `${demo.agencies[0]}/sign-in`, 3)
    expect(end.body).toContain('มะลิ')
    expect(await demo.stop('SIGTERM')).toBe(0)
    expect(demo.left()).toEqual([])
  })
})
