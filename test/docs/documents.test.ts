import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { configManual } from '../../src/config.ts'
import { CLAIM_NAMES, CLAIMS } from '../../src/disclosure/claims.ts'
import { isTroubleCode } from '../../src/identity/trouble.ts'
import { everyCommand } from '../support/every-command.ts'
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
  'docs/conformance.md',
  'docs/operate.md',
  'docs/performance.md',
  'docs/privacy.md',
  'docs/reliability.md',
  'docs/security.md',
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
    const testsOnly = ['PRATU_NAME', 'PRATU_VECTORS', 'PRATU_LONG_PERSONS']
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
  const program = everyCommand()
  const named = DOCUMENTS.flatMap((path) =>
    Array.from(page(path).matchAll(/(?:npx |`)pratu ([a-z]+)( [a-z][a-z-]+)?([^\n`|]*)/g), ([, noun, verb, rest]) => ({
      noun: noun!,
      verb: verb?.trim(),
      options: Array.from(rest!.matchAll(/--[a-z]+(?:-[a-z]+)*/g), ([option]) => option),
    })),
  )
  expect(named.length).toBeGreaterThan(25)
  const wrong = named.filter(({ noun, verb, options }) => {
    const top = program.commands.find((command) => command.name() === noun)
    const command = top && top.commands.length > 0 ? top.commands.find((one) => one.name() === verb) : top
    return !command || !options.every((option) => command.options.some(({ long }) => long === option))
  })
  expect(wrong).toEqual([])
})
