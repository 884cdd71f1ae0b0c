import { describe, expect, test } from '@jest/globals'
import { openKeygrip } from '../../src/oidc/cookies.ts'
import { checkIssuer } from '../../src/oidc/localhost.ts'
import { testKey } from '../support/keys.ts'

describe('signed cookies', () => {
  const [one, two] = [1, 2].map((version) => ({ version, key: testKey(`cookies ${version}`) }))

  test('are signed by the newest key and verified by every one', () => {
    const before = openKeygrip([one!])
    const after = openKeygrip([one!, two!])
    const old = before.sign('sid=1')
    expect(after.verify('sid=1', old)).toBe(true)
    expect(after.index('sid=1', old)).toBe(0)
    expect(after.sign('sid=1')).toBe(openKeygrip([two!]).sign('sid=1'))
    expect(openKeygrip([two!]).verify('sid=1', old)).toBe(false)
  })

  test('with one letter changed are none', () => {
    const keys = openKeygrip([one!])
    const good = keys.sign('sid=1')
    for (const [data, digest] of [
      ['sid=2', good],
      ['sid=1', `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`],
      ['sid=1', good.slice(1)],
      ['sid=1', ''],
      ['sid=1', `${good}=`],
      ['sid=1', 'é'.repeat(43)],
    ])
      expect(keys.index(data!, digest!)).toBe(-1)
  })
})

describe('the issuer', () => {
  test.each([
    ['https://id.example', true, true],
    ['https://id.example:8443', true, true],
    ['http://localhost:3000', false, true],
    ['http://localhost:3000', true, false],
    ['http://id.example', false, false],
    ['http://localhost.evil.example', false, false],
    ['https://id.example/', true, false],
    ['https://id.example/path', true, false],
    ['https://id.example?x', true, false],
    ['https://ID.example', true, false],
    ['ftp://localhost', false, false],
  ])('%s in production %s: fit %s', (issuer, production, fit) => {
    const check = () => checkIssuer(issuer, production)
    if (fit) expect(check).not.toThrow()
    else expect(check).toThrow('must be')
  })
})
