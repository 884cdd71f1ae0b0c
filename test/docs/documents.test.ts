import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { configManual } from '../../src/config.ts'
import { CLAIM_NAMES, CLAIMS } from '../../src/disclosure/claims.ts'
import { isTroubleCode } from '../../src/identity/trouble.ts'
import { blocksOf, page } from './blocks.ts'

const top = new URL('../../', import.meta.url)
const decisions = readdirSync(new URL('docs/decisions/', top)).map((name) => `docs/decisions/${name}`)
const DOCUMENTS = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/integrate.md',
  'docs/integrate.th.md',
  'docs/operate.md',
  'docs/privacy.md',
  ...decisions,
]

describe.each(DOCUMENTS)('%s', (path) => {
  const text = page(path)

  test('links to nothing that is missing', () => {
    const targets = Array.from(text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g), ([, target]) => target!)
    const missing = targets.filter((target) => !existsSync(new URL(target, new URL(path, top))))
    expect(missing).toEqual([])
  })

  test('names only settings that there are', () => {
    const manual = configManual()
    const named = Array.from(text.matchAll(/PRATU_[A-Z_]+[A-Z]/g), ([name]) => name.replace(/_FILE$/, ''))
    const testsOnly = ['PRATU_NAME', 'PRATU_VECTORS']
    expect(named.filter((name) => !manual.includes(name) && !testsOnly.includes(name))).toEqual([])
  })

  test('names only codes of trouble that there are', () => {
    const named = Array.from(text.matchAll(/PRT-\d{4}/g), ([code]) => code)
    expect(named.filter((code) => !isTroubleCode(code))).toEqual([])
  })
})

describe.each(['docs/integrate.md', 'docs/integrate.th.md'])('the integration page %s', (path) => {
  test('lists every claim with its scopes, and no other', () => {
    const rows = Array.from(page(path).matchAll(/^\| `(\w+)` \| (`[^|]*`) \|/gm), ([, claim, scopes]) => ({
      claim: claim!,
      scopes: Array.from(scopes!.matchAll(/`(\w+)`/g), ([, scope]) => scope!),
    }))
    const table = CLAIM_NAMES.map((claim) => ({ claim, scopes: [...CLAIMS[claim].scopes] }))
    const sorted = (list: { claim: string; scopes: string[] }[]) =>
      list.toSorted((a, b) => a.claim.localeCompare(b.claim))
    expect(sorted(rows)).toEqual(sorted([{ claim: 'sub', scopes: ['openid'] }, ...table]))
  })
})

test('both languages show the same code, so that running one proves both', () => {
  expect(blocksOf('docs/integrate.md').length).toBeGreaterThanOrEqual(6)
  expect(blocksOf('docs/integrate.th.md')).toEqual(blocksOf('docs/integrate.md'))
})

test('the privacy page knows every table', () => {
  const migrations = new URL('migrations/', top)
  const tables = readdirSync(migrations).flatMap((name) =>
    Array.from(
      readFileSync(new URL(name, migrations), 'utf8').matchAll(/^create table (?:if not exists )?(\w+)/gim),
      ([, table]) => table!,
    ),
  )
  expect(tables.length).toBeGreaterThan(5)
  const text = page('docs/privacy.md')
  expect(tables.filter((table) => !text.includes(`\`${table}\``))).toEqual([])
})

test('every dependency has its reason written down', () => {
  const { dependencies, devDependencies } = JSON.parse(page('package.json')) as Record<string, Record<string, string>>
  const text = page('docs/decisions/0005-dependencies.md')
  const named = (name: string) => text.includes(name.replace(/^@types\/.*/, '')) // types come with what they describe
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !named(name))).toEqual([])
})

test('the commands that the documents name are there, with their options', () => {
  const command = (args: string[]) =>
    execFileSync(process.execPath, [fileURLToPath(new URL('src/cli.ts', top)), ...args, '--help'], { encoding: 'utf8' })
  const named = new Set(
    DOCUMENTS.flatMap((path) =>
      Array.from(
        page(path).matchAll(/\bpratu ((?:[a-z][a-z-]+ ?){1,2})((?:[^\n`|]*?--[a-z]+)*)/g),
        ([, words, options]) =>
          [words!.trim(), ...Array.from(options!.matchAll(/--[a-z]+/g), ([option]) => option)].join(' '),
      ),
    ).filter((words) => /^(persons|clients|keys|audit|config|explain)\b/.test(words)),
  )
  expect(named.size).toBeGreaterThan(12)
  for (const one of named) {
    const [noun = '', ...rest] = one.split(' ')
    const verbs = rest.filter((word) => !word.startsWith('--'))
    const hasVerbs = !['config', 'explain'].includes(noun)
    const help = command(hasVerbs ? [noun, ...verbs.slice(0, 1)] : [noun])
    expect(help).toContain(`Usage: pratu ${hasVerbs ? [noun, ...verbs.slice(0, 1)].join(' ') : noun}`)
    for (const option of rest.filter((word) => word.startsWith('--'))) expect(help).toContain(option)
  }
})
