import { describe, expect, test } from '@jest/globals'
import { attr, broken, html, trusted, unbroken } from '../../views/html.ts'

describe('a template', () => {
  test('escapes what is put into text and into attributes', () => {
    const text = `<b title="x">'&`
    expect(String(html`<p title="${text}">${text}</p>`)).toBe(
      '<p title="&lt;b title=&quot;x&quot;&gt;&#39;&amp;">&lt;b title=&quot;x&quot;&gt;&#39;&amp;</p>',
    )
  })

  test('keeps a name or a long Thai word on one line, and leaves the text what it is', () => {
    const text = 'Teie Smart-ID-d, กรอกเลขประจำตัวเพื่อเข้าสู่ระบบ'
    const written = String(html`<p>${text}</p>`)
    expect(written).toBe(
      '<p>Teie <span class="whole">Smart-ID-d</span>, กรอก<span class="whole">เลขประจำตัว</span>เพื่อ<span class="whole">เข้าสู่ระบบ</span></p>',
    )
    expect(written.replace(/<[^>]*>/g, '')).toBe(text)
    expect(String(broken('ติดต่อ¦Mobile-ID'))).toContain('<span class="keep"><span class="whole">Mobile-ID</span></span>')
  })

  test('writes no markup where a browser would show it as text', () => {
    const name = 'Mobile-ID'
    const written = String(
      html`<title>${name} · ${name}</title><option value="${name}">${name}</option><p title="${name}">`,
    )
    expect(written).toBe(
      '<title>Mobile-ID · Mobile-ID</title><option value="Mobile-ID">Mobile-ID</option><p title="Mobile-ID">',
    )
  })

  test('takes markup as it is, lists piece by piece, and nothing for undefined', () => {
    const items = ['a', '<'].map((text) => html`<li>${text}</li>`)
    expect(String(html`<ul>${items}${undefined}${trusted('<hr>')}</ul>`)).toBe('<ul><li>a</li><li>&lt;</li><hr></ul>')
  })

  test('takes no object that only looks like markup', () => {
    const forged = { toString: () => '<script>' } as unknown as string
    expect(() => html`<p>${forged}</p>`).toThrow(TypeError)
    expect(() => html`<p>${JSON.parse('{"a":1}') as string}</p>`).toThrow(TypeError)
  })

  test('refuses the places where escaping is not enough', () => {
    const text = 'x'
    expect(() => html`<p title=${text}>`).toThrow('double quotes')
    expect(() => html`<p title='${text}'>`).toThrow('double quotes')
    expect(() => html`<p ${text}>`).toThrow('double quotes')
    expect(() => html`<p title="a ${trusted('"')}">`).toThrow('attribute')
    expect(() => html`<p onclick="${text}">`).toThrow('handler')
    expect(() => html`<p style="color: ${text}">`).toThrow('handler or style')
    expect(() => html`<script>${text}</script>`).toThrow('script')
    expect(() => html`<style>${text}</style>`).toThrow('style')
  })

  test('a text with an equals sign in front is still a text', () => {
    expect(String(html`<p>a = ${'b'}</p>`)).toBe('<p>a = b</p>')
  })

  test.each(['/here', '?ui_locales=th', '#top', 'https://agency.example/cb?x=1', 'tel:1111', 'otpauth://totp/x'])(
    'leads to %s',
    (address) => {
      expect(String(html`<a href="${address}">`)).toContain('href="')
    },
  )

  test.each([
    'javascript:x',
    'JavaScript:x',
    '\tjavascript:x',
    'java\tscript:x',
    '\u0001javascript:x',
    'data:text/html,x',
    '//evil',
    '/\\evil',
    '\\\\evil',
  ])('does not lead to %j', (address) => {
    expect(() => html`<a href="${address}">`).toThrow('not an address')
    expect(() => html`<form action="${address}">`).toThrow('not an address')
  })

  test('shows control characters as what they are: broken', () => {
    expect(String(html`<p>${'a\u0000b\u001bc\nd'}</p>`)).toBe('<p>a\ufffdb\ufffdc\nd</p>')
  })
})

test('an attribute is written with its value, alone, or not at all', () => {
  expect(String(html`<p${attr('lang', 'th')}${attr('hidden', true)}${attr('title', undefined)}>`)).toBe(
    '<p lang="th" hidden>',
  )
  expect(String(attr('title', '"><'))).toBe(' title="&quot;&gt;&lt;"')
  expect(() => attr('onclick', 'x')).toThrow(TypeError)
  expect(() => attr('href', 'x')).toThrow(TypeError)
  expect(() => attr('x y', 'x')).toThrow(TypeError)
})

test('a title breaks only where it is marked, and keeps its spaces', () => {
  expect(String(broken('กรอก¦รหัส <6>'))).toBe(
    '<span class="keep">กรอก</span><wbr><span class="keep">รหัส &lt;6&gt;</span>',
  )
  expect(String(broken('กลับไปที่ ¦กรม'))).toBe('<span class="keep">กลับไปที่</span> <wbr><span class="keep">กรม</span>')
  expect(unbroken('กรอก¦รหัส')).toBe('กรอกรหัส')
})
