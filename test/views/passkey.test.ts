import { describe, expect, test } from '@jest/globals'
import { LANGUAGES } from '../../src/identity/language.ts'
import { PASSKEY_FAULTS } from '../../views/words/passkey-shape.ts'
import { passkeyFaultIn, wordsIn } from '../../views/words/words.ts'
import { everyPage } from '../support/pages.ts'

// The pages that speak with a passkey: at the door, and at a desk.

const pages = (await everyPage()).filter(({ file }) => ['login/passkey', 'desk/key'].includes(file))
const sample = (file: string, name: string, language = 'en') =>
  pages.find((page) => page.file === file && page.sample === name && page.language === language)!.html

const HOOKS = ['id="passkey"', 'data-kind="', 'data-options="', 'data-life="', 'data-anew="', 'name="answer"']

test.each(PASSKEY_FAULTS)('a browser’s %s has a text in every language, each its own, on both pages', (fault) => {
  for (const [file, name] of [
    ['login/passkey', 'the only way'],
    ['desk/key', 'first'],
  ] as const) {
    const texts = LANGUAGES.map((language) => {
      const template = new RegExp(`<template id="fault-${fault}">([\\s\\S]*?)</template>`)
      return template.exec(sample(file, name, language))![1]
    })
    expect(new Set(texts).size).toBe(3)
  }
  for (const part of ['title', 'happened', 'now'] as const)
    for (const language of LANGUAGES) expect(String(passkeyFaultIn(language, fault)[part]).length).toBeGreaterThan(10)
})

test('no two of them say the same', () => {
  for (const language of LANGUAGES)
    expect(new Set(PASSKEY_FAULTS.map((fault) => passkeyFaultIn(language, fault).title)).size).toBe(
      PASSKEY_FAULTS.length,
    )
})

describe('the hooks that the script holds on to', () => {
  test.each(pages.map(({ name, language, html }) => [`${name} · ${language}`, html] as const))('%s', (_name, html) => {
    expect(HOOKS.filter((hook) => !html.includes(hook))).toEqual([])
    expect(html).toContain('id="continue" hidden')
  })
})

test('without JavaScript the page says so, and offers what else there is', () => {
  for (const language of LANGUAGES) {
    const html = sample('login/passkey', 'with other ways', language)
    expect(html.replace(/<[^>]*>/g, '')).toContain(wordsIn(language).passkey.without.title)
    expect(html).toMatch(/id="others" href="\/login\/sample"/)
  }
  expect(sample('login/passkey', 'the only way')).not.toContain('id="others"')
})

test('the trouble of the last try stands first', () => {
  expect(sample('login/passkey', 'unknown here')).toMatch(/<title>We don’t know this passkey · /)
  expect(sample('desk/key', 'not believed')).toMatch(/<title>The passkey’s answer can’t be accepted · /)
})
