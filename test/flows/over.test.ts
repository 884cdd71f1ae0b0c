import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Citizen, callback, request, signIn, startService, type TestService } from '../support/service.ts'

// What a citizen finds who comes back to a sign-in too late, or to one of its steps: the right reason and a way on.

let at: TestService
let somying: Citizen
beforeAll(async () => {
  at = await startService()
  somying = at.citizens[0]!
})
afterAll(() => at.close())

const SITE = /<a [^>]*href="http:\/\/localhost:9\/tax\/"[^>]*><span class="keep">Back to Site of tax</

test('after fifteen minutes the page says that it was too long, and leads back to the agency', async () => {
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  at.clock.advance(16 * 60_000)
  for (const late of [
    await visitor.open(page.url),
    await visitor.submit(page, { scheme: 'TH', person_code: somying.code, code: somying.oneTimeCode() }),
  ]) {
    expect([late.status, late.trouble]).toEqual([400, 'PRT-1001'])
    expect(late.html).toContain('more than 15 minutes ago')
    expect(late.html).toMatch(SITE)
    // The same page in another language, wherever it was met.
    const [, link = ''] = /<a href="([^"]+)" lang="et"/.exec(late.html) ?? []
    expect((await visitor.open(new URL(link, late.url).href)).html).toContain('See sisselogimine ei ole enam lahti')
  }
})

test('who goes back after having signed in is not told that nothing was sent', async () => {
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  callback(await visitor.submit(page, { scheme: 'TH', person_code: somying.code, code: somying.oneTimeCode() }))
  const back = await visitor.open(page.url)
  expect([back.status, back.trouble]).toEqual([400, 'PRT-1001'])
  expect(back.html).toContain('already finished')
  expect(back.html).not.toContain('sent to anyone')
  expect(back.html).toMatch(SITE)
})

test('a step that is loaded anew goes on with the sign-in instead of ending it', async () => {
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  const wrong = await visitor.submit(page, { scheme: 'TH', person_code: somying.code, code: '12345' })
  expect(wrong.url).not.toBe(page.url)
  const anew = await visitor.open(wrong.url)
  expect([anew.status, anew.url, anew.form?.action]).toEqual([200, wrong.url, page.form?.action])
})

test('a tab leads back to its own agency, whatever another tab does meanwhile', async () => {
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  await signIn(at, visitor, somying, request(at.issuer, 'social'))
  at.clock.advance(16 * 60_000)
  expect((await visitor.open(page.url)).html).toMatch(SITE)
  // It leads to registered sites only.
  visitor.adopt([{ name: '__Secure-pratu_from', value: 'https://evil.example', path: '/', attributes: '' }])
  const forged = await visitor.open(page.url)
  expect(forged.trouble).toBe('PRT-1001')
  expect(forged.html).not.toContain('evil')
})

test('nobody is led to a site that was switched off meanwhile', async () => {
  const { clients, db } = at.service.parts
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'land').url)
  await clients.setDisabled(db, 'land', true, { kind: 'operator', name: 'test' })
  await clients.refresh()
  const gone = await visitor.open(page.url)
  expect(gone.trouble).toBe('PRT-3001')
  expect(gone.html).not.toContain('localhost:9/land')
})

test('who comes from nobody knows where is led to their own page, which says where they are signed in', async () => {
  const visitor = at.visitor()
  await signIn(at, visitor, somying, request(at.issuer, 'tax'))
  const lost = await visitor.open(`/login/${'x'.repeat(43)}`)
  expect([lost.status, lost.trouble]).toEqual([400, 'PRT-1001'])
  expect(lost.html).toContain('<a class="act" id="own" href="/me">')
  expect((await visitor.open('/me')).html).toContain('Site of tax')
})

test('an address that does not exist leads to the front page, from where a citizen gets on', async () => {
  const visitor = at.visitor()
  const page = await visitor.open('/nowhere')
  expect([page.status, page.trouble]).toEqual([404, 'PRT-1003'])
  expect(page.html).toContain('<a class="act" id="front" href="/">')
  const front = await visitor.open('/')
  expect([front.status, front.html.includes('href="/me"')]).toEqual([200, true])
})

test('a sign-in that another agency’s site has asked for wrongly leads on too, and so does a sign-out that came to nothing', async () => {
  const visitor = at.visitor()
  const unknown = await visitor.open(request(at.issuer, 'nobody').url)
  expect([unknown.trouble, unknown.html.includes('id="front" href="/"')]).toEqual(['PRT-3001', true])
  const late = await visitor.post('/session/end/confirm', { xsrf: 'x', logout: 'yes' })
  expect([late.trouble, late.html.includes('id="own" href="/me"')]).toEqual(['PRT-1401', true])
})

test('operators see every trouble by its code, whoever answers with it', async () => {
  const counted = async (code: string) => {
    const text = await (await fetch(`${at.issuer}/metrics`)).text()
    return Number(new RegExp(`^pratu_troubles_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  }
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  const steps: [string, () => Promise<unknown>][] = [
    ['PRT-1003', () => visitor.open('/nowhere')],
    ['PRT-1201', () => visitor.submit(page, { scheme: 'TH', person_code: somying.code, code: '000000' })],
    ['PRT-1501', () => visitor.post('/activate', { scheme: 'TH', person_code: somying.code, code: '1' })],
    ['PRT-3001', () => visitor.open(request(at.issuer, 'nobody').url)],
  ]
  for (const [code, step] of steps) {
    const before = await counted(code)
    await step()
    expect([code, await counted(code)]).toEqual([code, before + 1])
  }
})
