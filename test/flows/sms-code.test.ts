import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { rows, transaction } from '../../src/platform/db.ts'
import { type Citizen, callback, claimsOf, redeem, request } from '../support/service.ts'
import { codeIn, type SmsService, startSmsService } from '../support/sms.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Signing in with a code by text message, over HTTP, with the gateway beside: what is sent, what opens, what doesn't.

let sms: SmsService
let somying: Citizen
let nobodysPhone: Citizen
beforeAll(async () => {
  sms = await startSmsService()
  somying = sms.at.citizens[0]!
  nobodysPhone = sms.at.citizens[2]!
}, 30_000)
afterAll(() => sms.close())
// An hour later: every wait of the test before is over.
beforeEach(() => sms.at.clock.advance(3_700_000))

const NOBODY = { scheme: 'TH', code: '1999900009096' }
const codePage = (page: Page): boolean => page.html.includes('id="again"')
const wrong = (right: string): string => String((Number(right) + 1) % 1_000_000).padStart(6, '0')

interface Story {
  readonly visitor: Visitor
  readonly asked: ReturnType<typeof request>
  readonly page: Page
}

/** To the page that asks who it is. */
async function begin(language = 'en', more: Record<string, string> = {}): Promise<Story> {
  const visitor = sms.at.visitor(language)
  const asked = request(sms.at.issuer, 'tax', more)
  const page = await visitor.submit(await visitor.open(asked.url), { method: 'sms-code' })
  return { visitor, asked, page }
}

/** To the page of the code. */
async function ask(who: { scheme: string; code: string } = somying, language = 'en'): Promise<Story> {
  const story = await begin(language)
  const page = await story.visitor.submit(story.page, { scheme: who.scheme, person_code: who.code })
  return { ...story, page }
}

describe('a code by text message', () => {
  test('lets the person in, at low, and says so to the agency', async () => {
    const story = await ask()
    expect([story.page.status, codePage(story.page)]).toEqual([200, true])
    const text = await sms.next(sms.phoneOf(somying))
    const page = await story.visitor.submit(story.page, { code: codeIn(text) })
    const tokens = await redeem(sms.at.issuer, 'tax', callback(page).code!, story.asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'low', amr: ['otp', 'sms', 'sms-code'] })
  })

  test('comes with the agency’s name and a warning, and ends with the line that browsers read, in the page’s language', async () => {
    for (const [language, agency, warning] of [
      ['th', 'หน่วยงาน tax', 'เราไม่เคยขอรหัสนี้'],
      ['en', 'Site of tax', 'we never ask for it'],
      ['et', 'Ameti tax', 'meie ei küsi seda kunagi'],
    ] as const) {
      sms.at.clock.advance(700_000)
      await ask(somying, language)
      const text = await sms.next(sms.phoneOf(somying))
      expect(text).toContain(agency)
      expect(text).toContain(warning)
      expect(text.split('\n').at(-1)).toBe(`@${new URL(sms.at.issuer).hostname} #${codeIn(text)}`)
    }
  })

  test('is asked for again after a minute, not before, and three times in ten minutes', async () => {
    const { visitor, page } = await ask()
    const number = sms.phoneOf(somying)
    const first = codeIn(await sms.next(number))
    const soon = await visitor.submit(page, { again: '1' })
    expect([soon.status, soon.trouble, codePage(soon)]).toEqual([429, 'PRT-1903', true])
    sms.at.clock.advance(60_000)
    expect((await visitor.submit(soon, { again: '1' })).status).toBe(200)
    const second = codeIn(await sms.next(number))
    sms.at.clock.advance(60_000)
    const third = await visitor.submit(page, { again: '1' })
    const newest = codeIn(await sms.next(number))
    sms.at.clock.advance(60_000)
    expect((await visitor.submit(third, { again: '1' })).trouble).toBe('PRT-1903')
    for (const old of [first, second])
      if (old !== newest) expect((await visitor.submit(page, { code: old })).trouble).toBe('PRT-1901')
    expect(callback(await visitor.submit(page, { code: newest })).code).toBeDefined()
  })

  test('is not sent a second time by a form that is sent a second time', async () => {
    const story = await begin()
    const who = { scheme: 'TH', person_code: somying.code }
    const once = await story.visitor.submit(story.page, who)
    const text = await sms.next(sms.phoneOf(somying))
    const came = sms.came(sms.phoneOf(somying))
    const twice = await story.visitor.submit(story.page, who)
    expect([once.status, twice.status, codePage(twice), twice.trouble]).toEqual([200, 200, true, undefined])
    expect(callback(await story.visitor.submit(twice, { code: codeIn(text) })).code).toBeDefined()
    expect(sms.came(sms.phoneOf(somying))).toBe(came)
  })

  test('is asked for by a button pressed twice as by one pressed once', async () => {
    const { visitor, page } = await begin()
    const came = sms.came(sms.phoneOf(somying))
    const click = () => visitor.submit(page, { scheme: 'TH', person_code: somying.code })
    const pages = await Promise.all([click(), click(), click()])
    expect(pages.map((one) => [one.status, one.trouble, codePage(one)])).toEqual(
      [1, 2, 3].map(() => [200, undefined, true]),
    )
    const text = await sms.next(sms.phoneOf(somying))
    expect(callback(await visitor.submit(pages[2], { code: codeIn(text) })).code).toBeDefined()
    expect(sms.came(sms.phoneOf(somying))).toBe(came + 1)
  })

  test('is asked for by somebody else, pressing twice, after another’s was sent: both presses lead to their own', async () => {
    const { visitor, page } = await begin()
    const other = sms.at.citizens.find(({ code }) => code !== somying.code)!
    await visitor.submit(page, { scheme: 'TH', person_code: somying.code })
    await sms.next(sms.phoneOf(somying))
    // Back, to the form as it was.
    const click = () => visitor.submit(page, { scheme: other.scheme, person_code: other.code })
    const pages = await Promise.all([click(), click()])
    expect(pages.map((one) => [one.status, one.trouble, codePage(one)])).toEqual(
      [1, 2].map(() => [200, undefined, true]),
    )
    const text = await sms.next(sms.phoneOf(other))
    expect(callback(await visitor.submit(pages[1], { code: codeIn(text) })).code).toBeDefined()
  })

  test('stays asked for in another language, and can be asked for by somebody else', async () => {
    const { visitor, page } = await ask()
    const text = await sms.next(sms.phoneOf(somying))
    const thai = /href="([^"]*\/return[^"]*th[^"]*)"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
    const moved = await visitor.open(new URL(thai, page.url).href)
    expect([moved.status, codePage(moved), moved.html.includes('lang="th"')]).toEqual([200, true, true])
    expect(codePage(await visitor.submit(moved, { anew: '1' }))).toBe(false)
    // Who comes back to it begins anew, and the code that was sent is worth nothing there.
    const late = await visitor.post(page.form!.action, { code: codeIn(text) })
    expect([late.status, late.trouble]).toEqual([422, 'PRT-1902'])
  })
})

describe('a code that opens nothing', () => {
  test('is a wrong one: counted, with the tries that are left', async () => {
    const { visitor, page } = await ask()
    const code = codeIn(await sms.next(sms.phoneOf(somying)))
    const first = await visitor.submit(page, { code: wrong(code) })
    expect([first.status, first.trouble]).toEqual([422, 'PRT-1901'])
    expect(first.html).toContain('4 tries left')
    const slip = await visitor.submit(first, { code: '12345' })
    expect(slip.trouble).toBe('PRT-1905')
    expect(callback(await visitor.submit(slip, { code })).code).toBeDefined()
  })

  test('is one after five wrong ones, even when the wait is over', async () => {
    const { visitor, page } = await ask(sms.at.citizens[1])
    const code = codeIn(await sms.next(sms.phoneOf(sms.at.citizens[1]!)))
    for (let n = 0; n < 5; n++) await visitor.submit(page, { code: wrong(code) })
    expect((await visitor.submit(page, { code })).trouble).toBe('PRT-1203')
    sms.at.clock.advance(31_000)
    const over = await visitor.submit(page, { code })
    expect([over.status, over.trouble]).toEqual([422, 'PRT-1902'])
  })

  test('is one after five minutes', async () => {
    const { visitor, page } = await ask()
    const code = codeIn(await sms.next(sms.phoneOf(somying)))
    sms.at.clock.advance(5 * 60_000)
    expect((await visitor.submit(page, { code })).trouble).toBe('PRT-1902')
  })

  test('is one that was asked for in another browser', async () => {
    await ask()
    const code = codeIn(await sms.next(sms.phoneOf(somying)))
    sms.at.clock.advance(60_000)
    const other = await ask()
    const theirs = codeIn(await sms.next(sms.phoneOf(somying)))
    if (code !== theirs) expect((await other.visitor.submit(other.page, { code })).trouble).toBe('PRT-1901')
  })

  test('is one sent to a number that was replaced meanwhile', async () => {
    const { visitor, page } = await ask()
    const code = codeIn(await sms.next(sms.phoneOf(somying)))
    await sms.enrol(somying, '+66810000099')
    expect((await visitor.submit(page, { code })).trouble).toBe('PRT-1901')
    await sms.enrol(somying, sms.phoneOf(somying))
  })

  test('is one that has let somebody in already, though the same browser asked for it', async () => {
    const { visitor, page } = await ask()
    const code = codeIn(await sms.next(sms.phoneOf(somying)))
    const { path, cookie } = { path: page.form!.action, cookie: visitor.cookies() }
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const tab = sms.at.visitor()
        tab.adopt(cookie)
        return tab.post(path, { code })
      }),
    )
    const into = answers.filter((answer) => answer.headers.get('location')?.includes('code='))
    expect(into).toHaveLength(1)
  })
})

describe('who is in the register, and who has a telephone', () => {
  test('is told by neither the answer nor the work behind it', async () => {
    // Nobody's wrong tries are to show.
    const own = await ask()
    await own.visitor.submit(own.page, { code: codeIn(await sms.next(sms.phoneOf(somying))) })
    // Each statement of the service takes a connection of its pool.
    const { client } = sms.at.service.parts.db as unknown as { client: { acquireConnection(): unknown } }
    const asked = jest.spyOn(client, 'acquireConnection')
    const people = [somying, nobodysPhone, NOBODY, { scheme: 'EE', code: '37605030299' }]
    // What the service asks by itself falls into one of them now and then, so the least of three counts.
    const least = people.map(() => [99, 99])
    for (let round = 0; round < 3; round++) {
      sms.at.clock.advance(700_000)
      const said: string[][] = [[], []]
      for (const [who, { scheme, code }] of people.entries()) {
        const { visitor, page } = await begin()
        let shown = page
        for (const [step, fields] of [{ scheme, person_code: code }, { code: '000000' }].entries()) {
          const before = asked.mock.calls.length
          shown = await visitor.submit(shown, fields)
          least[who]![step] = Math.min(least[who]![step]!, asked.mock.calls.length - before)
          said[step]!.push(`${shown.status} ${withoutChance(shown)}`)
        }
      }
      expect(said.map((each) => new Set(each).size)).toEqual([1, 1])
      // It was sent to her all the same.
      await sms.next(sms.phoneOf(somying))
    }
    asked.mockRestore()
    expect(Math.min(...least.flat())).toBeGreaterThan(0)
    expect(new Set(least.map(String)).size).toBe(1)
  })
})

describe('the end of the number', () => {
  test('is shown in a browser that the person was signed in by, and in no other', async () => {
    const { visitor, page } = await ask()
    expect(page.html).not.toContain('••••')
    await visitor.submit(page, { code: codeIn(await sms.next(sms.phoneOf(somying))) })
    sms.at.clock.advance(700_000)
    visitor.adopt(visitor.cookies().filter(({ name }) => name === '__Host-pratu_browser'))
    const choice = await visitor.open(request(sms.at.issuer, 'tax').url)
    const who = await visitor.submit(choice, { method: 'sms-code' })
    const known = await visitor.submit(who, { scheme: 'TH', person_code: somying.code })
    expect(known.html).toContain('•••• 0001')
    await sms.next(sms.phoneOf(somying))
    // Of somebody else that browser learns nothing.
    const other = await visitor.submit(await visitor.submit(known, { anew: '1' }), {
      scheme: 'TH',
      person_code: sms.at.citizens[1]!.code,
    })
    expect([codePage(other), other.html.includes('••••')]).toEqual([true, false])
    await sms.next(sms.phoneOf(sms.at.citizens[1]!))
  })
})

describe('guessing', () => {
  test('at one code from twenty addresses at once: five are looked at, and the next code is not free either', async () => {
    const { visitor, page } = await ask(sms.at.citizens[1])
    await sms.next(sms.phoneOf(sms.at.citizens[1]!))
    const cookies = visitor.cookies()
    const tries = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const tab = sms.at.visitor()
        tab.adopt(cookies)
        const answer = await tab.post(page.form!.action, { code: String(n).padStart(6, '0') })
        return answer.trouble
      }),
    )
    expect(tries.filter((trouble) => trouble === 'PRT-1901').length).toBeLessThanOrEqual(5)
    expect(new Set(tries)).toEqual(new Set(['PRT-1901', 'PRT-1203']))
    // Another means is not touched by it.
    const own = sms.at.visitor()
    const choice = await own.open(request(sms.at.issuer, 'tax').url)
    const totp = await own.submit(choice, { method: 'totp' })
    const citizen = sms.at.citizens[1]!
    const into = await own.submit(totp, {
      scheme: 'TH',
      person_code: citizen.code,
      code: citizen.oneTimeCode(),
    })
    expect(callback(into).code).toBeDefined()
  })
})

describe('with a PIN', () => {
  test('a code by text message is substantial', async () => {
    const { db, pins, persons } = sms.at.service.parts
    const citizen = sms.at.citizens[1]!
    const prepared = await pins.prepare((await persons.get(db, citizen.key))!, '837261')
    if (!prepared.ok) throw new Error(`this PIN will not do: ${prepared.fault}`)
    await transaction(db, (tx) => pins.set(tx, prepared.ready, { kind: 'citizen', person: citizen.key }))
    const story = await begin('en', { acr_values: 'substantial' })
    const page = await story.visitor.submit(story.page, { scheme: 'TH', person_code: citizen.code })
    const pin = await story.visitor.submit(page, { code: codeIn(await sms.next(sms.phoneOf(citizen))) })
    expect(pin.html).toContain('name="pin"')
    const into = await story.visitor.submit(pin, { pin: '837261' })
    const tokens = await redeem(sms.at.issuer, 'tax', callback(into).code!, story.asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'substantial' })
  })
})

describe('a change of means', () => {
  test('is announced on the telephone, in the person’s language, once', async () => {
    const number = sms.phoneOf(somying)
    const { db, credentials, persons } = sms.at.service.parts
    await persons.setLanguage(db, somying.key, 'et')
    await transaction(db, (tx) => credentials.enrolTotp(tx, somying.key, { kind: 'operator', name: 'test' }))
    expect(await sms.next(number, /Ühekordne kood/)).toContain('02 000 0000')
    expect(await ended()).toEqual({ outcome: 'done', payload: null })
  })

  test('of the number itself is announced on the former one', async () => {
    const former = sms.phoneOf(somying)
    await sms.enrol(somying, '+66810000077')
    expect(await sms.next(former, /Kood tekst/)).toContain('02 000 0000')
    expect(sms.came('+66810000077')).toBe(0)
    await sms.enrol(somying, former)
    expect(await sms.next('+66810000077', /Kood tekst/)).toContain('02 000 0000')
  })

  test('of all means at once is announced once', async () => {
    const { db, credentials, notices } = sms.at.service.parts
    const by = { kind: 'operator', name: 'test' } as const
    const before = await rows(db, 'select 1 from job')
    await transaction(db, async (tx) => {
      await notices.tell(tx, somying.key, { kind: 'recovered', method: 'letter' })
      await notices.tell(tx, somying.key, { kind: 'recovered', method: 'letter' })
      await credentials.revoke(tx, somying.key, 'totp', by)
      await credentials.revoke(tx, somying.key, 'sms-code', by)
    })
    expect(await rows(db, 'select 1 from job')).toHaveLength(before.length + 1)
    expect(await sms.next(sms.phoneOf(somying), /Kasutajatugi/)).toContain('02 000 0000')
    await sms.enrol(somying, sms.phoneOf(somying))
  })

  test('that is not committed is announced to nobody', async () => {
    const { db, credentials } = sms.at.service.parts
    const before = await rows(db, 'select 1 from job')
    const undone = transaction(db, async (tx) => {
      await credentials.enrolTotp(tx, somying.key, { kind: 'operator', name: 'test' })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await rows(db, 'select 1 from job')).toHaveLength(before.length)
  })
})

describe('the gateway', () => {
  test('that is down makes the means one that can’t be had just now, until it answers again', async () => {
    sms.behave(sms.phoneOf(somying), 'down')
    for (let n = 0; n < 3; n++) {
      sms.at.clock.advance(610_000)
      await ask()
      await failures(2 * (n + 1))
    }
    const visitor = sms.at.visitor()
    const choice = await visitor.open(request(sms.at.issuer, 'tax').url)
    expect(choice.html).toMatch(/value="sms-code" disabled/)
    sms.behave(sms.phoneOf(somying), 'arrive')
    sms.at.clock.advance(610_000)
    const { page } = await ask()
    expect(codePage(page)).toBe(true)
    expect(await sms.next(sms.phoneOf(somying))).toContain('Site of tax')
  })
})

/** What is random in every page, and what the address was. */
const withoutChance = ({ html, headers }: Page): string =>
  html
    .replaceAll(/\/login\/[\w-]+/g, '')
    .replaceAll(String(headers.get('x-request-id')), '')
    .replaceAll(/nonce="[^"]*"/g, '')

/** The gateway's failures are counted after the answer: this waits until so many are. */
async function failures(many: number): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${sms.at.issuer}/metrics`)).text()
    const counted = /text_messages_total\{purpose="code",sent="failed"\} (\d+)/.exec(metrics)?.[1]
    if (Number(counted ?? 0) >= Math.min(many, 5)) return
  }
}

/** What the newest job came to: written after the gateway's answer. */
async function ended(): Promise<{ outcome: string; payload: null }> {
  for (;;) {
    const [job] = await rows<{ outcome: string | null; payload: null }>(
      sms.at.service.parts.db,
      'select outcome, payload from job order by made_at desc limit 1',
    )
    if (job && job.outcome !== null) return { outcome: job.outcome, payload: job.payload }
  }
}
