import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { configManual, readConfig, readKeySettings, SETTINGS } from '../../src/config.ts'
import { SettingMistakes, variable } from '../../src/platform/settings.ts'
import { testFolder } from '../support/folder.ts'

const production = {
  PRATU_PROFILE: 'production',
  PRATU_ISSUER: 'https://id.example.org',
  PRATU_DATABASE_URL: 'postgres://pratu@db/pratu',
  PRATU_REDIS_URL: 'redis://redis:6379',
  PRATU_HELP_PHONE: '1111',
}

function mistakes(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof SettingMistakes) return error.mistakes
    throw error
  }
}

describe('settings', () => {
  test('have no default profile', () => {
    expect(mistakes({})).toEqual(['PRATU_PROFILE is missing: demo or production'])
    expect(mistakes({ PRATU_PROFILE: 'demo' })).toEqual([])
    expect(mistakes({ PRATU_PROFILE: 'test' })).toEqual(['PRATU_PROFILE must be one of: demo, production ("test")'])
  })

  test('are safe when absent', () => {
    const config = readConfig({ PRATU_PROFILE: 'demo' })
    expect(config).toMatchObject({
      issuer: 'http://localhost:3000',
      listen: '127.0.0.1',
      trustedProxies: [],
      fetchAllow: [],
    })
    expect(config).toMatchObject({ sessionIdleMinutes: 30, sessionHours: 12, schemes: ['TH'] })
    expect(config.databaseUrl).toBeUndefined()
  })

  test('name every mistake at once', () => {
    const found = mistakes({
      PRATU_PROFILE: 'production',
      PRATU_PORT: '70000',
      PRATU_SCHEMES: 'TH,XX',
      PRATU_TRUSTED_PROXIES: '10.0.0.0/33',
      PRATU_REDIS_URL: 'http://redis',
      PRATU_SESSION_HOURS: 'long',
      PRATU_HELP_PHONE: '1111',
      PRATU_ISSEUR: 'https://id.example.org',
    })
    expect(found).toHaveLength(8)
    for (const name of ['PORT', 'SCHEMES', 'TRUSTED_PROXIES', 'REDIS_URL', 'SESSION_HOURS', 'ISSUER', 'DATABASE_URL']) {
      expect(found.filter((mistake) => mistake.startsWith(`PRATU_${name} `))).toHaveLength(1)
    }
    expect(found).toContain('PRATU_ISSEUR is not a setting: did you mean PRATU_ISSUER?')
  })

  test('in production refuse plain http, and demand a database, a sessions store and a help desk', () => {
    expect(mistakes(production)).toEqual([])
    expect(mistakes({ ...production, PRATU_ISSUER: 'http://id.example.org' })).toEqual([
      'PRATU_ISSUER must begin with https:// in production',
    ])
    const { PRATU_DATABASE_URL: _database, PRATU_REDIS_URL: _redis, PRATU_HELP_PHONE: _phone, ...bare } = production
    expect(mistakes(bare)).toEqual([
      'PRATU_DATABASE_URL is missing: production needs its own',
      'PRATU_REDIS_URL is missing: production needs its own',
      'PRATU_HELP_PHONE is missing: every page names it',
    ])
  })

  test('take plain http in demo for localhost only', () => {
    expect(mistakes({ PRATU_PROFILE: 'demo', PRATU_ISSUER: 'http://localhost:4000' })).toEqual([])
    expect(mistakes({ PRATU_PROFILE: 'demo', PRATU_ISSUER: 'http://id.example.org' })).toHaveLength(1)
    expect(mistakes({ PRATU_PROFILE: 'demo', PRATU_ISSUER: 'http://localhost.example.org' })).toHaveLength(1)
  })

  test.each(['https://id.example.org/', 'https://id.example.org/door', 'https://u:p@id.example.org', 'id.example.org'])(
    'refuse %s as an issuer: tokens carry it to the letter',
    (issuer) => {
      expect(mistakes({ ...production, PRATU_ISSUER: issuer })).toHaveLength(1)
    },
  )

  test('come from files too, one of the two only, and never repeat a secret', () => {
    const folder = testFolder()
    const file = join(folder.path, 'url')
    writeFileSync(file, 'postgres://pratu:hush@db/pratu\n')
    const { PRATU_DATABASE_URL: _url, ...rest } = production
    expect(readConfig({ ...rest, PRATU_DATABASE_URL_FILE: file }).databaseUrl).toBe('postgres://pratu:hush@db/pratu')
    expect(mistakes({ ...production, PRATU_DATABASE_URL_FILE: file })).toEqual([
      'PRATU_DATABASE_URL and PRATU_DATABASE_URL_FILE are both set: only one may be',
    ])
    expect(mistakes({ ...rest, PRATU_DATABASE_URL_FILE: join(folder.path, 'none') })).toEqual([
      `PRATU_DATABASE_URL_FILE: ${folder.path}/none cannot be read (ENOENT)`,
    ])
    const said = mistakes({
      ...production,
      PRATU_DATABASE_URL: 'mysql://pratu:hush@db/pratu',
      PRATU_REDIS_URL: 'redis://:hush@a:1,b:2',
      PRATU_MASTER_KEY: 'hush',
    })
    expect(said).toHaveLength(3)
    expect(said.join(' ')).not.toContain('hush')
    folder.remove()
  })

  test('count an empty variable as absent', () => {
    expect(mistakes({ PRATU_PROFILE: 'demo', PRATU_ISSUER: '', PRATU_DATABASE_URL: '' })).toEqual([])
  })

  test('take the master key as 32 bytes in hexadecimal or base64url', () => {
    const hex = `${'00'.repeat(31)}ff`
    const expected = Buffer.from(hex, 'hex')
    expect(readConfig({ PRATU_PROFILE: 'demo', PRATU_MASTER_KEY: hex }).masterKey).toEqual(expected)
    const text = expected.toString('base64url')
    expect(readConfig({ PRATU_PROFILE: 'demo', PRATU_MASTER_KEY: text }).masterKey).toEqual(expected)
  })

  test('for making keys need nothing but the keys', () => {
    expect(readKeySettings({ PRATU_KEYS: '/a', PRATU_PORT: '1', PRATU_DATABASE_URL_FILE: '/b' })).toEqual({
      keys: '/a',
      masterKey: undefined,
    })
    expect(() => readKeySettings({ PRATU_KYES: '/a' })).toThrow('did you mean PRATU_KEYS?')
  })

  test('are each read by the service: no switch is dead', () => {
    const sources = readdirSync(join(import.meta.dirname, '../../src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.ts') && !entry.name.startsWith('config.'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n')
    const read = (name: string) =>
      new RegExp(`\\bconfig\\.${name}\\b|\\{[^{}]*\\b${name}\\b[^{}]*\\} = (config|settings\\(\\))`).test(sources)
    expect(Object.keys(SETTINGS).filter((name) => !read(name))).toEqual([])
    expect(read('nonesuch')).toBe(false)
  })

  test('stand in the manual, every one of them, with a sentence', () => {
    const printed = configManual()
    for (const [name, { says }] of Object.entries(SETTINGS)) {
      expect(printed).toContain(variable(name))
      expect(says).toMatch(/^[A-Z].*\.$/)
      expect(printed).toContain(says)
    }
  })
})
