import { describe, expect, test } from '@jest/globals'
import { MOBILE_ID_SETTINGS, readMobileId } from '../../../src/methods/mobile-id/settings.ts'
import { readSettings } from '../../../src/platform/settings.ts'

const WHOLE = {
  PRATU_MOBILE_ID_ADDRESS: 'https://mid.sk.ee/mid-api',
  PRATU_MOBILE_ID_RP_UUID: '1F4B2C3D-0000-4000-8000-00000000ABCD',
  PRATU_MOBILE_ID_RP_NAME: 'Pratu',
  PRATU_MOBILE_ID_ISSUERS: '/etc/pratu/mobile-id',
  PRATU_MOBILE_ID_SERVER_KEYS: `${'A'.repeat(43)}=`,
}

function read(environment: Record<string, string>, profile = 'production') {
  const { values, mistakes } = readSettings(MOBILE_ID_SETTINGS, environment)
  const { settings, mistakes: more } = readMobileId(values, profile)
  return { settings, mistakes: [...mistakes, ...more] }
}
const mistakesOf = (change: Record<string, string>, profile?: string) => read({ ...WHOLE, ...change }, profile).mistakes

describe('the settings of Mobile-ID', () => {
  test('absent, it is not offered, and nothing is wrong', () => {
    expect(read({})).toEqual({ settings: undefined, mistakes: [] })
  })

  test('whole, they say all that is needed; the UUID as the provider compares it', () => {
    const { settings, mistakes } = read(WHOLE)
    expect(mistakes).toEqual([])
    expect(settings).toEqual({
      address: 'https://mid.sk.ee/mid-api',
      relyingParty: { uuid: '1f4b2c3d-0000-4000-8000-00000000abcd', name: 'Pratu' },
      issuers: '/etc/pratu/mobile-id',
      serverKeys: [`${'A'.repeat(43)}=`],
      lead: 2_000,
    })
  })

  test('half, every missing one is named at once', () => {
    const { settings, mistakes } = read({ PRATU_MOBILE_ID_RP_NAME: 'Pratu' }, 'demo')
    expect(settings).toBeUndefined()
    expect(mistakes.map((line) => line.split(' ')[0])).toEqual([
      'PRATU_MOBILE_ID_ADDRESS',
      'PRATU_MOBILE_ID_RP_UUID',
      'PRATU_MOBILE_ID_ISSUERS',
    ])
  })

  test('production demands a pinned key and https', () => {
    expect(mistakesOf({ PRATU_MOBILE_ID_SERVER_KEYS: '' })).toEqual([
      'PRATU_MOBILE_ID_SERVER_KEYS is missing: the provider demands that its key be pinned',
    ])
    expect(mistakesOf({ PRATU_MOBILE_ID_SERVER_KEYS: '' }, 'demo')).toEqual([])
    const plain = { PRATU_MOBILE_ID_ADDRESS: 'http://localhost:3003/mid-api', PRATU_MOBILE_ID_SERVER_KEYS: '' }
    expect(mistakesOf(plain, 'demo')).toEqual([])
    expect(mistakesOf(plain)).toContain('PRATU_MOBILE_ID_ADDRESS must begin with https://')
    const abroad = { ...plain, PRATU_MOBILE_ID_ADDRESS: 'http://mid.sk.ee/mid-api' }
    expect(mistakesOf(abroad, 'demo')).toEqual(['PRATU_MOBILE_ID_ADDRESS must begin with https://'])
  })

  test.each([
    [{ PRATU_MOBILE_ID_ADDRESS: 'https://mid.sk.ee/mid-api/' }, /must end as in/],
    [{ PRATU_MOBILE_ID_RP_UUID: 'not-a-uuid' }, /PRATU_MOBILE_ID_RP_UUID must be a UUID/],
    [{ PRATU_MOBILE_ID_SERVER_KEYS: 'short' }, /PRATU_MOBILE_ID_SERVER_KEYS must hold the SHA-256/],
    [{ PRATU_MOBILE_ID_LEAD: '20000' }, /PRATU_MOBILE_ID_LEAD/],
    [{ PRATU_MOBILE_ID_ADDRESS: 'http://localhost:3003/mid-api' }, /no key to compare/],
  ])('%j is a mistake', (change, words) => {
    expect(mistakesOf(change).join('\n')).toMatch(words)
  })
})
