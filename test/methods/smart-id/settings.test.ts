import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'
import { SettingMistakes } from '../../../src/platform/settings.ts'

// What the settings of Smart-ID mean together.

const DEMO = { PRATU_PROFILE: 'demo' }
const PRODUCTION = {
  PRATU_PROFILE: 'production',
  PRATU_ISSUER: 'https://id.example',
  PRATU_DATABASE_URL: 'postgres://pratu@db/pratu',
  PRATU_REDIS_URL: 'redis://redis',
  PRATU_HELP_PHONE: '1111',
}
const SMART_ID = {
  PRATU_SMART_ID_ADDRESS: 'https://rp-api.smart-id.com/v3',
  PRATU_SMART_ID_RP_UUID: '00000000-0000-4000-8000-000000000000',
  PRATU_SMART_ID_RP_NAME: 'DEMO',
  PRATU_SMART_ID_ISSUERS: '/etc/pratu/smart-id',
}
const KEY = Buffer.alloc(32, 7).toString('base64')

function mistakes(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof SettingMistakes) return error.mistakes
    throw error
  }
}

describe('the settings of Smart-ID', () => {
  test('absent, it is not offered; all four of them, it is, by link alone', () => {
    expect(readConfig(DEMO).smartId).toBeUndefined()
    expect(readConfig({ ...DEMO, ...SMART_ID }).smartId).toEqual({
      address: 'https://rp-api.smart-id.com/v3',
      rpUuid: '00000000-0000-4000-8000-000000000000',
      rpName: 'DEMO',
      issuers: '/etc/pratu/smart-id',
      serverKeys: [],
      scheme: 'smart-id',
      level: 'QUALIFIED',
      hash: 'SHA-512',
      notification: 'off',
    })
  })

  test.each(Object.keys(SMART_ID))('without %s the others are a mistake', (name) => {
    const { [name]: _left, ...others } = SMART_ID as Record<string, string>
    expect(mistakes({ ...DEMO, ...others })).toEqual([expect.stringMatching(`^${name} is missing`)])
  })

  test.each([
    ['PRATU_SMART_ID_ADDRESS', 'https://rp-api.smart-id.com/v3/'],
    ['PRATU_SMART_ID_ADDRESS', 'https://rp-api.smart-id.com/v3?x=y'],
    ['PRATU_SMART_ID_ADDRESS', 'http://rp-api.smart-id.com/v3'],
    ['PRATU_SMART_ID_RP_UUID', 'DEMO'],
    ['PRATU_SMART_ID_RP_NAME', 'A|B'],
    ['PRATU_SMART_ID_SERVER_KEYS', 'AAAA'],
    ['PRATU_SMART_ID_HASH', 'SHA-1'],
    ['PRATU_SMART_ID_NOTIFICATION', 'on'],
  ])('%s can not be %s', (name, value) => {
    expect(mistakes({ ...DEMO, ...SMART_ID, [name]: value })).toEqual([expect.stringMatching(`^${name} `)])
  })

  test('production wants the server’s key pinned and nothing of the demo', () => {
    const base = { ...PRODUCTION, ...SMART_ID }
    expect(mistakes(base)).toEqual([expect.stringMatching(/^PRATU_SMART_ID_SERVER_KEYS is missing/)])
    expect(mistakes({ ...base, PRATU_SMART_ID_SERVER_KEYS: `${KEY},${KEY}` })).toEqual([])
    const demo = { ...base, PRATU_SMART_ID_SERVER_KEYS: KEY, PRATU_SMART_ID_SCHEME: 'smart-id-demo' }
    expect(mistakes(demo)).toEqual([expect.stringMatching(/^PRATU_SMART_ID_SCHEME /)])
    const plain = { ...base, PRATU_SMART_ID_SERVER_KEYS: KEY, PRATU_SMART_ID_ADDRESS: 'http://localhost/v3' }
    expect(mistakes(plain)).toEqual([expect.stringMatching(/^PRATU_SMART_ID_ADDRESS /)])
  })
})
