import { describe, expect, test } from '@jest/globals'
import { agencyPages } from '../../src/demo/agency-pages.ts'
import { LANGUAGES } from '../../src/identity/language.ts'

const name = { th: 'กรม', en: 'The Department', et: 'Amet' }
const pages = agencyPages({
  name,
  look: 'revenue',
  other: { name, href: 'http://localhost:4002/sign-in' },
  more: 'surer',
})

describe("an agency's pages", () => {
  test.each(LANGUAGES)('say in %s that they are a demo, and link to the other languages', (language) => {
    const html = pages.signedOut(language, false)
    expect(html).toMatch(/class="trial"/)
    expect(html).toContain(`id="sign-in" href="/sign-in?ui_locales=${language}"`)
    for (const other of LANGUAGES) if (other !== language) expect(html).toContain(`?ui_locales=${other}`)
  })

  test('show every claim to the letter, escaped, and a way out', () => {
    const html = pages.signedIn('en', [
      { name: 'given_name', value: '<b>Mali', from: 'userinfo' },
      { name: 'amr', value: ['otp', 'totp'], from: 'id_token' },
    ])
    expect(html).toContain('&lt;b&gt;Mali')
    expect(html).toMatch(/data-claim="amr">[^<]*otp[^<]*totp/)
    expect(html).toContain('id="sign-out"')
    expect(html).toContain('action="/sign-out"')
  })

  test.each([
    ['access_denied', 'Nothing about you was sent'],
    ['unmet_authentication_requirements', 'a surer way of signing in'],
    ['temporarily_unavailable', 'does not answer'],
    ['invalid_scope', 'did not work this time'],
  ])('say of %s what it means, with the code for developers', (error, words) => {
    const html = pages.trouble('en', { kind: 'refused', error })
    expect(html).toContain(words)
    expect(html).toContain(error)
    expect(html).toContain('id="sign-in"')
  })

  test('say to whoever was signed in already that they are still, and that nothing more was sent', () => {
    const claims = [{ name: 'given_name', value: 'Mali', from: 'userinfo' }] as const
    const html = pages.signedIn('en', claims, { kind: 'refused', error: 'access_denied' })
    expect(html).toContain('Nothing more about you was sent. You are signed in here as before')
    expect(html).toContain('You are signed in as Mali')
    expect(html).not.toContain('not signed in')
    expect(html).toContain('id="sign-out"')
  })

  test('say to whoever has left that they have', () => {
    expect(pages.signedOut('en', true)).toContain('You have left The Department')
    expect(pages.signedOut('en', false)).not.toContain('left')
  })
})
