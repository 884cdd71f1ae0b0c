import { expect, test } from '@jest/globals'
import { page } from './blocks.ts'

// docs/conformance.md says which modules of the conformance suite are asked; the tests are what it speaks of.

const text = page('docs/conformance.md')
const tests = page('test/flows/conformance.test.ts') + page('test/flows/conformance-fapi.test.ts')

const rows = Array.from(text.matchAll(/^\| `([\w-]+)`[^|]*\| ([^|]+) \| ([^|]*)\|$/gm), ([, module, result, why]) => ({
  module: module!,
  result: result!,
  why: why!.trim(),
}))

/** As it stands in a test, or as the tables of several tests abbreviate it. */
const asked = (module: string): boolean =>
  [module, module.replace(/^oidcc-(rp-initiated-logout|display)-/, '')].some((name) =>
    new RegExp(`['"\`{}-]${name}['"\`: (]`).test(tests),
  )

test('every module that passes is asked by a test of its name', () => {
  const passed = rows.filter(({ result }) => result === 'passed').map(({ module }) => module)
  expect(passed.length).toBeGreaterThan(85)
  expect(passed.filter((module) => !asked(module))).toEqual([])
})

test('every module that does not has its reason', () => {
  const others = rows.filter(({ result }) => result !== 'passed')
  expect(others.length).toBeGreaterThan(8)
  expect(others.filter(({ result, why }) => !['no', 'does not apply'].includes(result) || why === '')).toEqual([])
})

test('every test of a module is told of', () => {
  const named = Array.from(tests.matchAll(/test\(['`](?:\$\{FAPI\}-)?([\w-]+)[:'`]/g), ([, module]) => module!)
  expect(named.length).toBeGreaterThan(60)
  const told = new Set(rows.map(({ module }) => module))
  expect(named.filter((module) => !told.has(module))).toEqual([])
})
