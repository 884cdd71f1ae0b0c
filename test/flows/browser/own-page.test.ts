import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { wordsIn } from '../../../views/words/words.ts'
import { goByChromium, openChromium } from '../../support/chromium.ts'
import { EVERYWHERE } from '../../support/eyes.ts'
import { testFolder } from '../../support/folder.ts'
import { linkIn, type MailService, startMailService } from '../../support/mail.ts'
import { looksRight, signInSurely, story } from '../../support/own-browser.ts'
import { enter } from '../../support/own-door.ts'
import { addPension, receive } from '../../support/pension.ts'
import { callback, request } from '../../support/service.ts'
import { sureMethod } from '../../support/sure-method.ts'

// What a citizen sees of what is done in their name, in a real browser: visits, history, look-ups, consents, the address they
// are written to, "this was not me" of a visit and by a notice's link, and everything as a file; in three languages and at
// two sizes. Screenshots go to test/output/browser, for eyes.

const folder = testFolder()
let mail: MailService
let chromium: Browser
beforeAll(async () => {
  mail = await startMailService({ furtherMethods: [sureMethod()] })
  const { at } = mail
  await addPension(at)
  chromium = await openChromium()
  goByChromium(at.clock)
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await mail.close()
  folder.remove()
})

/** Subjects of a notice. */
const NEW_DEVICE = { th: /อุปกรณ์ใหม่/, en: /new device/, et: /uuest seadmest/ }

describe.each(EVERYWHERE)('in %s, at a %s', (language, place, viewport, who) => {
  test('everything that was done is seen, and undone where it was not me', async () => {
    const { at } = mail
    const { db, persons, audit } = at.service.parts
    const citizen = at.citizens[who]!
    const words = wordsIn(language).own
    const shot = (page: Page, name: string) => looksRight(page, `${language}-${place}-own-${name}`)
    const signedInAtTax = async (visitor: ReturnType<typeof at.visitor>) =>
      callback(await visitor.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).error === undefined

    await persons.setLanguage(db, citizen.key, language)
    await enter(at, at.visitor(), citizen, { by: 'mobile-id' })
    const elsewhere = at.visitor()
    await receive(at, elsewhere, citizen, 'pension')
    await receive(at, elsewhere, citizen, 'tax', 'openid')
    const stranger = at.visitor()
    await receive(at, stranger, citizen, 'tax', 'openid')
    const read = { type: 'person.read', actor: { kind: 'operator', name: 'anna' }, person: citizen.key } as const
    await audit.append(db, { ...read, detail: { what: 'entry', reason: 'คำขอ 114' } })

    await story(chromium, { language, viewport }, async (page) => {
      const back = () => page.click('#back')
      const agency = (id: string) => ({ th: `หน่วยงาน ${id}`, en: `Site of ${id}`, et: `Ameti ${id}` })[language]
      await page.goto(`${at.issuer}/me`)
      await signInSurely(page, citizen)
      await page.waitForSelector('#sessions')
      await shot(page, '1-page')

      await page.click('#to-history')
      expect(await page.textContent('#lines')).toContain(agency('pension'))
      await shot(page, '2-history')
      await back()
      await page.click('#to-looks')
      expect(await page.textContent('#lines')).toContain('คำขอ 114')
      await shot(page, '3-look-ups')
      await back()

      await page.click('#to-consents')
      await shot(page, '4-consents')
      await page.click('#standing a')
      await page.waitForSelector('#withdraw')
      await shot(page, '5-withdraw')
      await page.click('#withdraw')
      await page.waitForSelector('#done')
      await shot(page, '6-withdrawn')
      await back()
      expect(await page.textContent('#past')).toContain(agency('pension'))
      await back()

      await page.click('#to-mail')
      const address = `${language}@example.org`
      await page.fill('#address', 'nobody')
      await page.click('#continue')
      await page.waitForSelector('#trouble')
      await shot(page, '7-mail-wrong')
      await page.fill('#address', address)
      await page.click('#continue')
      await page.waitForSelector('#code')
      await shot(page, '8-mail-code')
      await page.fill('#code', /(?<!\d)\d{6}(?!\d)/.exec((await mail.next(address)).text)![0])
      await page.click('#continue')
      await page.waitForSelector('#done')
      await back()

      // The visit with two agencies is mine, on another device; the one with the tax office alone is not.
      const visits = page.locator('#sessions > li')
      const before = await visits.count()
      const press = (id: string, act: string) =>
        visits
          .filter({ hasText: agency(id) })
          .locator(act)
          .click()
      await press('pension', 'a.grave')
      await page.waitForSelector('#end')
      await shot(page, '9-end')
      await page.click('#end')
      await page.waitForSelector('#done')
      expect(await signedInAtTax(elsewhere)).toBe(false)
      await back()
      expect(await visits.count()).toBe(before - 1)
      expect(await signedInAtTax(stranger)).toBe(true)
      await press('tax', 'a.quiet')
      await page.waitForSelector('#not-me')
      await shot(page, 'a-not-me')
      await page.click('#not-me')
      await page.waitForSelector('#case')
      await shot(page, 'b-case')
      expect(await signedInAtTax(stranger)).toBe(false)
      const number = (await page.textContent('#case'))!
      await back()
      expect(await page.textContent('#cases')).toContain(number)

      await page.click('#to-download')
      await shot(page, 'c-download')
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('#as-json')])
      const all = JSON.parse(readFileSync(await file.path(), 'utf8')) as Record<string, readonly unknown[]>
      expect(all.cases).toContainEqual(expect.objectContaining({ number }))
      const [readable] = await Promise.all([page.waitForEvent('download'), page.click('#as-page')])
      const opened = await page.context().newPage()
      await readable.saveAs(join(folder.path, `${language}.html`))
      await opened.goto(pathToFileURL(join(folder.path, `${language}.html`)).href)
      expect(await opened.textContent('h1')).toBe(words.file.title)
      await shot(opened, 'd-file')
    })

    // A notice of a new device, read in a browser that is signed in nowhere.
    const thief = at.visitor()
    await enter(at, thief, citizen, { by: 'mobile-id' })
    const notice = await mail.next(`${language}@example.org`, NEW_DEVICE[language])
    await story(chromium, { language, viewport }, async (page) => {
      const link = `${at.issuer}${linkIn(notice)}`
      await page.goto(link)
      await looksRight(page, `${language}-${place}-own-e-link`)
      await page.focus('#not-me')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#case')
      await looksRight(page, `${language}-${place}-own-f-link-case`)
      expect((await thief.open('/me')).url).toContain('/login/')
      await page.goto(link)
      await looksRight(page, `${language}-${place}-own-g-link-used`)
      expect(await page.textContent('main')).toContain('PRT-2234')
    })
  }, 120_000)
})
