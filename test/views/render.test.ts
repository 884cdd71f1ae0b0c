import { describe, expect, test } from '@jest/globals'
import { LANGUAGES } from '../../src/identity/language.ts'
import { TROUBLE, type TroubleCode } from '../../src/identity/trouble.ts'
import { trusted } from '../../views/html.ts'
import { troublePage } from '../../views/login/trouble.ts'
import { WEB_EID_FAULTS } from '../../views/words/card-shape.ts'
import { faultIn, troubleIn, wordsIn } from '../../views/words/words.ts'
import { everyPage, PAPER, type Rendered, sampleFrame, viewText } from '../support/pages.ts'

const pages = await everyPage()
const where = ({ name, language }: Rendered) => `${name} · ${language}`
const wrong = (is: (page: Rendered) => boolean) => pages.filter(is).map(where)
const of = (file: string) => pages.filter((page) => page.file === file)
const visible = (html: string) =>
  html
    .replaceAll('<wbr>', '')
    .replace(/<(script|style|title)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

describe('every page in every language with every sample', () => {
  test('is there: 14 pages, 3 languages', () => {
    expect(new Set(pages.map(({ file }) => file)).size).toBeGreaterThanOrEqual(14)
    expect(pages.length % 3).toBe(0)
  })

  test('says its language, has one heading of the first rank and a title', () => {
    expect(wrong(({ html, language }) => !html.includes(`<html lang="${language}">`))).toEqual([])
    expect(wrong(({ html }) => html.match(/<h1/g)?.length !== 1)).toEqual([])
    expect(wrong(({ html }) => !/<title>[^<]{5,}<\/title>/.test(html))).toEqual([])
  })

  test('misses no word', () => {
    expect(wrong(({ html }) => /undefined|\bnull\b|NaN|\[object|=>|¦/.test(html))).toEqual([])
  })

  test('loads nothing from elsewhere, and carries no style or script of its own', () => {
    const loads =
      /<(?:link|img|script|iframe|object|embed|source|video|audio|base)\b[^>]*(?:href|src|data)="(?:https?:)?\/\//i
    expect(wrong(({ html }) => loads.test(html))).toEqual([])
    const service = pages.filter(({ file }) => !PAPER.includes(file))
    expect(service.filter(({ html }) => /<style|\sstyle=|\son\w+=|@import/i.test(html)).map(where)).toEqual([])
    expect(
      service
        .filter(({ html }) =>
          /<script/.test(html.replace(/<script (?:type="module" )?nonce="[^"]+"(?: src="\/[^"]+")?>/g, '')),
        )
        .map(where),
    ).toEqual([])
    // Only the way back to an agency has a script in the page itself, and it is a constant.
    const scripted = pages.filter(({ html }) => html.includes('<script'))
    expect([...new Set(scripted.map(({ file }) => file))].toSorted()).toEqual([
      'desk/key',
      'login/card',
      'login/form-post',
      'login/passkey',
      'login/smart-id-wait',
      'login/wait',
      'portal/own-passkey',
    ])
    expect(wrong(({ file, html }) => file !== 'login/form-post' && /<script[^>]*>[^<]/.test(html))).toEqual([])
  })

  test('uses each id once, and labels and descriptions lead to something', () => {
    const dangling = pages.filter(({ html }) => {
      const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
      const named = [...html.matchAll(/\s(?:for|aria-describedby)="([^"]+)"/g)].flatMap(([, list]) => list!.split(' '))
      return new Set(ids).size !== ids.length || named.some((id) => !ids.includes(id))
    })
    expect(dangling.map(where)).toEqual([])
  })

  test('says on a demonstration that it is one', () => {
    expect(wrong(({ html, language }) => !html.includes(wordsIn(language).frame.trial))).toEqual([])
    expect(troublePage.render({ trouble: { code: 'PRT-1003' } }, { ...sampleFrame('en'), demo: false })).not.toContain(
      wordsIn('en').frame.trial,
    )
  })

  test('leads to the same page in the other languages', () => {
    const framed = pages.filter(({ file }) => !PAPER.includes(file))
    const leads = (html: string, one: string) =>
      html.includes(`href="?ui_locales=${one}"`) || html.includes(`formaction="/login/sample/totp?ui_locales=${one}"`)
    const missing = framed.filter(({ html, language }) =>
      LANGUAGES.some((one) => leads(html, one) === (one === language)),
    )
    expect(missing.map(where)).toEqual([])
  })

  test('takes what was typed along to the other languages by a form, and never in an address', () => {
    const page = pages.find(({ sample }) => sample === 'wrong code, in other languages by a form')!
    expect(page.html).toContain('<input type="hidden" name="person_code" value="1 1020 03456 78 2">')
    expect(page.html).not.toMatch(/(?:href|action)="[^"]*1020/)
    // The form that is filled in stands first: Enter presses its own button.
    expect(page.html.indexOf('<form')).toBe(page.html.indexOf('<form method="post" action="/login/sample/totp" class'))
  })

  test('speaks no office language', () => {
    const banned = /\b(error|invalid|failed|authenticat(ion|e)|session|credentials?|user(name)?)\b|ครับ|ค่ะ|ล้มเหลว/i
    const spoken = pages.filter(({ file }) => file !== 'demo/agency')
    expect(spoken.filter(({ html }) => banned.test(visible(html))).map(where)).toEqual([])
  })

  test('every part of a Thai title is short enough for a phone', () => {
    const titles = of('login/trouble').filter(({ language }) => language === 'th')
    const pieces = titles.flatMap(({ html }) =>
      [...html.matchAll(/<span class="keep">([^<]*)<\/span>/g)].map(([, text]) => text!),
    )
    expect(pieces.filter((piece) => piece.replace(/[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/g, '').length > 26)).toEqual([])
  })
})

describe('the hooks that others hold on to', () => {
  test.each([
    [
      'login/choose',
      [
        'id="method-totp"',
        'name="method" value="totp"',
        'id="method-smart-card"',
        'name="method" value="smart-card"',
        'id="cancel"',
      ],
    ],
    [
      'login/card',
      [
        'id="card"',
        'data-nonce="',
        'data-life="',
        'data-lang="',
        'name="token"',
        'id="continue" hidden',
        'id="cancel"',
      ],
    ],
    ['login/code', ['name="person_code"', 'name="code"', 'id="continue"', 'id="cancel"', 'formnovalidate']],
    ['login/sms-code', ['method="post"', 'id="continue"', 'id="cancel"']],
    ['login/consent', ['id="consent-allow"', 'id="consent-deny"', 'value="allow"', 'value="deny"']],
    ['portal/sign-out', ['id="logout-confirm"', 'name="xsrf"', 'name="logout" value="yes"']],
    ['login/go-on', ['id="go-on"', 'id="somebody-else"', 'value="me"', 'value="other"', 'id="cancel"']],
    ['portal/ended', ['class="lead"']],
    ['portal/activate', ['name="person_code"', 'name="code"', 'id="continue"']],
    ['login/switch-person', ['id="continue"', 'id="cancel"']],
    ['login/form-post', ['id="continue"', 'method="post"']],
  ])('%s', (file, hooks) => {
    const lost = of(file).flatMap((page) => hooks.filter((hook) => !page.html.includes(hook)))
    expect(of(file).length).toBeGreaterThan(0)
    expect(lost).toEqual([])
  })

  test('a form posts, and everything pressed in it says what it does', () => {
    expect(wrong(({ html }) => /<form(?![^>]*method="post")/.test(html))).toEqual([])
    expect(wrong(({ html }) => /<button(?![^>]*type="submit")/.test(html))).toEqual([])
  })

  test('the first button of a form is the one that Enter presses', () => {
    for (const page of of('login/code')) {
      expect(/<button[^>]*id="(\w+)"/.exec(page.html)?.[1]).toBe('continue')
    }
  })
})

describe('the ways to choose from', () => {
  const sample = (name: string) =>
    of('login/choose').find((page) => page.sample === name && page.language === 'en')!.html

  test('that will not do say why, and can’t be pressed', () => {
    expect(sample('not sure enough')).toMatch(/id="method-totp"[^>]* disabled>[\s\S]*This service asks for a surer way/)
    expect(sample('not to be had now')).toMatch(/id="method-smart-card"[^>]* disabled>[\s\S]*Not available just now/)
    expect(sample('two ways')).not.toContain('disabled')
  })
})

describe('the page of the card', () => {
  const sample = (name: string, language = 'en') =>
    of('login/card').find((page) => page.sample === name && page.language === language)!.html

  test.each(WEB_EID_FAULTS)('has a text for %s in every language, each its own', (fault) => {
    const texts = LANGUAGES.map(
      (language) =>
        new RegExp(`<template id="fault-${fault}">([\\s\\S]*?)</template>`).exec(sample('the only way', language))![1],
    )
    expect(new Set(texts).size).toBe(3)
    for (const part of ['title', 'happened', 'now'] as const) {
      for (const language of LANGUAGES) expect(String(faultIn(language, fault)[part]).length).toBeGreaterThan(10)
    }
  })

  test('has no two faults that say the same', () => {
    for (const language of LANGUAGES) {
      expect(new Set(WEB_EID_FAULTS.map((fault) => faultIn(language, fault).title)).size).toBe(WEB_EID_FAULTS.length)
    }
  })

  test('offers what else there is, and nothing that is not', () => {
    expect(sample('the only way')).not.toMatch(/id="(others|tls)"/)
    expect(sample('with other ways')).toMatch(
      /id="tls" name="way" value="tls"[\s\S]*id="others" href="\/login\/sample"/,
    )
  })

  test('names the trouble of the last try first, and asks the program for a language that it has', () => {
    expect(sample('waited too long')).toMatch(/<title>The page had waited too long · /)
    expect(sample('waited too long')).toContain('role="alert" id="trouble"')
    expect(LANGUAGES.map((language) => /data-lang="(\w+)"/.exec(sample('the only way', language))![1])).toEqual(
      LANGUAGES.map((language) => (language === 'th' ? 'en' : language)),
    )
  })
})

describe('the form for the code', () => {
  const sample = (name: string, language = 'th') =>
    of('login/code').find((page) => page.sample === name && page.language === language)!.html

  test('brings up the keypad and the phone’s own offers', () => {
    expect(sample('first')).toMatch(/name="person_code"[^>]*inputmode="numeric"[^>]*autocomplete="username"/)
    expect(sample('first')).toMatch(/name="code"[^>]*inputmode="numeric"[^>]*autocomplete="one-time-code"/)
  })

  test('has no keypad without letters where a scheme on offer has letters', () => {
    const input = /<input id="person_code"[^>]*>/.exec(sample('several countries'))![0]
    expect(input).not.toContain('inputmode')
    expect(sample('several countries')).toContain('<option value="FI" selected>')
  })

  test('keeps what was typed, names the trouble first, and puts the focus where it belongs', () => {
    const html = sample('wrong code', 'en')
    expect(html).toContain('value="1 1020 03456 78 2"')
    expect(html).toMatch(/<title>Person number and code don’t match · /)
    expect(html).toMatch(/name="code"[^>]*aria-describedby="code-wrong code-hint"[^>]* aria-invalid="true" autofocus/)
    expect(html).toContain('3 tries left')
    expect(html.match(/autofocus/g)).toHaveLength(1)
    const mistyped = sample('person code mistyped', 'en')
    expect(mistyped).toMatch(/name="person_code"[^>]*aria-invalid="true" autofocus/)
    expect(mistyped).toContain('value="123 456"')
  })

  test('says when a wait is over, and what it is not', () => {
    expect(sample('last try spent', 'en')).toContain('You can try again in 30 seconds')
    expect(sample('a wait', 'en')).toContain('You can try again from 09:49.')
    expect(sample('a wait', 'th')).toContain('ลองใหม่ได้ตั้งแต่ 09:49 น.')
    expect(sample('stopped', 'th')).toContain('22 พฤศจิกายน 2569 เวลา 09:41 น.')
  })
})

describe('a page of trouble', () => {
  test.each(Object.keys(TROUBLE) as TroubleCode[])('%s has its words in every language, each its own', (code) => {
    for (const part of ['title', 'happened'] as const) {
      const texts = LANGUAGES.map((language) => troubleIn(language, code)[part])
      expect(new Set(texts).size).toBe(3)
      expect(Math.min(...texts.map((text) => text.length))).toBeGreaterThan(5)
    }
  })

  test('tells the code, the time as it is read there, the telephone and the request', () => {
    const page = (language: string) =>
      of('login/trouble').find((one) => one.sample === 'PRT-1001' && one.language === language)!.html
    for (const language of LANGUAGES) {
      expect(page(language)).toContain('<b>PRT-1001</b>')
      expect(page(language)).toContain('<a href="tel:1111">1111</a>')
      expect(page(language)).toContain('01K9ZV7QX3M8N4R2T6Y0B5C1DA')
    }
    expect(page('th')).toContain('21 พฤศจิกายน 2569 เวลา 09:41 น.')
    expect(page('en')).toContain('21 November 2026, 09:41')
    expect(page('et')).toContain('21. november 2026 kell 09.41')
  })
})

describe('hostile text', () => {
  // Each begins with a mark that would start a tag or end an attribute, and carries a word to look for.
  const openings = [
    '<',
    '">',
    "'>",
    '"',
    "'",
    '</title>',
    '</textarea>',
    '-->',
    ']]>',
    '&lt;',
    '\u0000<',
    '<\u0000',
    '`>',
    '=',
  ]
  const bodies = [
    'script>PWNED()</script>',
    'img src=x onerror=PWNED()>',
    'svg/onload=PWNED()>',
    ' onfocus=PWNED() autofocus x=',
    'a href=javascript:PWNED()>',
    'iframe srcdoc="<b onload=PWNED()>">',
    'style>@import "//PWNED"</style>',
    'base href=//PWNED/>',
    'meta http-equiv=refresh content="0;url=//PWNED">',
    'form action=//PWNED><input name=code>',
    'math><mi//xlink:href="data:x,<script>PWNED()</script>">',
    '!--<img src="--><img src=x onerror=PWNED()//">',
    'details open ontoggle=PWNED()>',
    'link rel=stylesheet href=//PWNED>',
    '{{PWNED()}}',
  ]
  const payloads = openings.flatMap((opening) => bodies.map((body) => opening + body))

  /** Every text of an input replaced, save addresses and what is picked from a table. */
  function poison(value: unknown, payload: string, key = ''): unknown {
    if (Array.isArray(value)) return value.map((one) => poison(one, payload, key))
    if (typeof value === 'object' && value !== null) {
      if (Object.getPrototypeOf(value) !== Object.prototype) return value // markup of ours
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poison(one, payload, name)]))
    }
    // Addresses are ours, or looked at by the template itself: what is none can't be put there at all.
    const isAddress = typeof value === 'string' && /^(?:\/|https?:\/\/|otpauth:)/.test(value)
    const kept = [
      'id',
      'state',
      'off',
      'trouble',
      'kind',
      'by',
      'what',
      'type',
      'means',
      'ground',
      'ends',
      'blocks',
      'blocked',
    ]
    const picked = isAddress || kept.includes(key) || (typeof value === 'string' && /^PRT-\d/.test(value))
    return typeof value === 'string' && !picked ? payload : value
  }
  // Tags with the names of their attributes, without what stands in them. The groups of a secret are as many as it is long.
  const shape = (html: string) =>
    (html.replace(/="[^"]*"/g, '=""').match(/<[^>]*>/g) ?? [])
      .join(' ')
      .replace(/(?:<span> <\/span> ?)+/g, '<span> </span> ')

  // Languages and the codes of trouble differ in our own words alone.
  const once = (sample: string, language: string) => language === 'th' && !sample.startsWith('PRT-')

  test(`${payloads.length} payloads in every field of every page change no tag`, async () => {
    expect(payloads.length).toBeGreaterThanOrEqual(200)
    // Lists keep their length and branches their way, so that only the text differs from a harmless rendering.
    const harmless = await everyPage((input) => poison(input, 'harmless'), once)
    for (const payload of payloads) {
      const hostile = await everyPage((input) => poison(input, payload), once)
      const changed = hostile.filter(({ html, name, language }) => {
        const same = harmless.find((page) => page.name === name && page.language === language)!
        return shape(html) !== shape(same.html)
      })
      expect(changed.map(where)).toEqual([])
    }
  })

  test('in the frame is no more than text either', () => {
    for (const payload of payloads) {
      const name = { th: payload, en: payload, et: payload }
      const html = troublePage.render(
        { trouble: { code: 'PRT-1001' }, requestId: payload, site: { href: 'https://agency.example', name } },
        { ...sampleFrame('en'), towards: { name }, helpPhone: payload },
      )
      expect(html).not.toMatch(/<(script|img|iframe|base|form|math|details|style)/)
    }
  })

  test('in an address is refused', () => {
    for (const address of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      '//evil.example',
      '/\\evil',
      'data:text/html,x',
    ]) {
      const draw = () => troublePage.render({ trouble: { code: 'PRT-1001' }, again: address }, sampleFrame('en'))
      expect(draw).toThrow(TypeError)
    }
  })
})

test('the sheet asks for nothing from elsewhere', () => {
  for (const file of ['pratu.css', 'demo/demo.css', 'portal/letter.css', 'portal/code-card.css']) {
    expect(viewText(file)).not.toMatch(/url\(|@import|https?:|@font-face/)
  }
  expect(viewText('door.svg')).not.toMatch(/href|<script|<style/)
  expect(String(trusted('<b>'))).toBe('<b>')
})
