import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { addressed, entryFor, missing } from '../bin/complete-lock.mjs'
import { inspect, type Rule } from './support/chapters.ts'

const top = resolve(import.meta.dirname, '..')
const code = ['src', 'views', 'test', 'bin', 'migrations'].flatMap((folder) =>
  readdirSync(join(top, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('test/output'))
    .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1)),
)

const rulesBroken = (path: string, source: string): Rule[] => inspect(path, source).map(({ rule }) => rule)

describe('the tree', () => {
  test('breaks no rule of the house', () => {
    const sources = code.filter((path) => /\.(ts|mjs|sql)$/.test(path))
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap((path) => inspect(path, readFileSync(join(top, path), 'utf8')))).toEqual([])
  })

  test('has a lock that npm ci accepts on every platform, with no download address in it', () => {
    const { packages } = JSON.parse(readFileSync(join(top, 'package-lock.json'), 'utf8'))
    expect(missing(packages)).toEqual([])
    expect(addressed(packages)).toEqual([])
  })
})

describe('each rule of the house fails on what breaks it', () => {
  const broken: [Rule, string, string][] = [
    ['chapter order', 'src/audit/log.ts', "import { a } from '../login/flow.ts'"],
    ['chapter order', 'src/audit/log.ts', "import type { A } from '../login/flow.ts'"],
    ['chapter order', 'src/audit/log.ts', "export { a } from '../login/flow.ts'"],
    ['chapter order', 'src/audit/log.ts', "const a = await import('../login/flow.ts')"],
    ['chapter order', 'src/audit/log.ts', "let a: import('../login/flow.ts').A"],
    ['chapter order', 'src/compose.ts', "import { a } from './demo/main.ts'"],
    ['chapter order', 'src/odds/a.ts', 'const a = 1'],
    ['chapter order', 'src/login/flow.ts', "import { a } from '../../views/login/code.ts'"],
    ['chapter order', 'src/web/app.ts', "import { a } from '../../test/support/keys.ts'"],
    ['one door per library', 'src/login/flow.ts', "import Koa from 'koa'"],
    ['one door per library', 'src/web/app.ts', "import { Provider } from 'oidc-provider'"],
    ['one door per library', 'src/web/app.ts', "import errors from 'oidc-provider/lib/helpers/errors.js'"],
    ['one door per library', 'src/persons/person.ts', "import type { Knex } from 'knex'"],
    ['one door per library', 'src/sessions/memory.ts', "import { Redis } from 'ioredis'"],
    ['one door per library', 'src/methods/totp/method.ts', "import { a } from '@simplewebauthn/server'"],
    ['one door per library', 'src/signing/file-vault.ts', "import { a } from 'pkcs11js'"],
    ['private store', 'src/login/flow.ts', "import { a } from '../persons/store.ts'"],
    ['private store', 'src/oidc/engine.ts', "import { a } from '../login/throttle-store.ts'"],
    ['strangers', 'src/methods/sms-code/method.ts', "import { a } from '../totp/code.ts'"],
    ['strangers', 'src/signing/file-vault.ts', "import { a } from './database-vault.ts'"],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = process.env.HOME'],
    ['environment, time and chance', 'src/login/flow.ts', "const a = process['env']"],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = Date.now()'],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = globalThis.Date.now()'],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = new Date()'],
    ['environment, time and chance', 'src/login/flow.ts', 'setTimeout(a, 5)'],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = Math.random()'],
    ['environment, time and chance', 'src/login/flow.ts', "import { randomBytes } from 'node:crypto'"],
    ['environment, time and chance', 'src/login/flow.ts', 'const a = crypto.randomUUID()'],
    ['no barrels and no drawers', 'src/login/all.ts', "export * from './flow.ts'\nexport { b } from './attempt.ts'"],
    ['no barrels and no drawers', 'src/login/utils.ts', 'const a = 1'],
    ['no barrels and no drawers', 'src/login/index.ts', 'const a = 1'],
    ['no barrels and no drawers', 'test/helpers/a.ts', 'const a = 1'],
    ['demo shares wire only', 'src/demo/phone.ts', "import { a } from '../methods/totp/code.ts'"],
    ['no koa context', 'src/login/flow.ts', 'export function a(ctx: unknown) { return ctx }'],
    ['main knows nothing of demo', 'src/main.ts', "import { a } from './demo/world.ts'"],
    ['views know words only', 'views/login/code.ts', "import { a } from '../../src/login/flow.ts'"],
    ['views know words only', 'views/login/code.ts', "import { a } from 'node:fs'"],
    ['import specifiers', 'src/login/flow.ts', "import { a } from './attempt'"],
    ['import specifiers', 'src/login/flow.ts', 'const a = await import(b)'],
    ['length', 'src/login/flow.ts', 'const a = 1\n'.repeat(451).replaceAll('const a', 'a')],
  ]
  test.each(broken)('%s, in %s (sample %#)', (rule, path, source) => {
    expect(rulesBroken(path, source)).toContain(rule)
  })
})

describe('no rule is broken by', () => {
  const kept: [string, string, string][] = [
    ['an earlier chapter', 'src/login/flow.ts', "import { a } from '../audit/log.ts'"],
    ['the own chapter and its store', 'src/persons/person.ts', "import { a } from './store.ts'"],
    ['a store in compose', 'src/compose.ts', "import { a } from './persons/store.ts'"],
    ['a library at its door', 'src/persons/store.ts', "import type { Knex } from 'knex'"],
    ['words in a comment', 'src/login/flow.ts', "// import { a } from 'koa' and Date.now()\nconst a = 'process.env'"],
    ['a date made of a number', 'src/login/flow.ts', 'const a = new Date(0)'],
    ['a page in web', 'src/web/app.ts', "import { a } from '../../views/login/code.ts'"],
    ['the wire of a method in demo', 'src/demo/phone.ts', "import { a } from '../methods/smart-id/wire.ts'"],
    ['the contract of methods', 'src/methods/totp/method.ts', "import type { Method } from '../method.ts'"],
    ['demo starting the service', 'src/demo/main.ts', "import { a } from '../main.ts'\nconst b = process.env"],
    ['a store of the demo', 'src/demo/world.ts', "import { a } from '../compose.ts'"],
  ]
  test.each(kept)('%s', (_what, path, source) => {
    expect(inspect(path, source)).toEqual([])
  })
})

describe('the lock', () => {
  const packages = {
    '': {},
    'node_modules/a': {
      version: '1.0.0',
      optionalDependencies: { '@a/linux-x64-musl': '1.0.0', '@a/win32-ia32': '1.0.0' },
    },
    'node_modules/a/node_modules/@a/win32-ia32': { version: '1.0.0' },
  }

  test('misses an optional package that no place holds, and not one that lies deeper', () => {
    expect(missing(packages)).toEqual([['node_modules/@a/linux-x64-musl', '1.0.0']])
  })

  test('is completed with the platform that the name tells', () => {
    const entry = { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] }
    expect(entryFor('node_modules/@a/linux-x64-musl', '1.0.0')).toEqual(entry)
  })

  test('may name no address', () => {
    expect(addressed({ 'node_modules/a': { resolved: 'https://example.org/a.tgz' } })).toEqual(['node_modules/a'])
  })
})
