import { describe, expect, test } from '@jest/globals'
import { basicAuth, discoveryOf, errorIn, readTokenAnswer } from '../../../src/methods/upstream/wire.ts'

const NOW = 1_790_000_000

describe('the answer with the tokens', () => {
  test.each([
    ['an instant', { expires_in: NOW + 900 }, NOW + 900],
    ['an instant under the manual’s other name', { expire_in: NOW + 900 }, NOW + 900],
    ['an instant in a text', { expires_in: String(NOW + 900) }, NOW + 900],
    ['a duration, as OAuth has it', { expires_in: 900 }, NOW + 900],
    ['nothing', {}, undefined],
    ['nonsense', { expires_in: 'soon' }, undefined],
  ])('tells its end by %s', (_name, members, ends) => {
    expect(readTokenAnswer(JSON.stringify({ id_token: 'a.b.c', ...members }), NOW)?.ends).toBe(ends)
  })

  test('without an ID token has plain members, and none of them is read', () => {
    const plain = { access_token: 'x', pid: '1999900001010', given_name: 'สมหญิง' }
    expect(readTokenAnswer(JSON.stringify(plain), NOW)).toEqual({ idToken: '', accessToken: 'x' })
  })

  test.each(['', 'null', '[]', '"text"', '<html>', '{"id_token":'])('%j is none', (body) => {
    expect(readTokenAnswer(body, NOW)).toBeUndefined()
  })
})

test('of an error the word is read, and nothing that could hold somebody’s data', () => {
  expect(errorIn('{"error":"invalid_grant","error_description":"pid 1999900001010"}')).toBe('invalid_grant')
  for (const body of ['{"error":{}}', '{"error":"two words"}', `{"error":"${'x'.repeat(41)}"}`, 'oops'])
    expect(errorIn(body)).toBeUndefined()
})

test('client and secret are form-encoded before they are joined (RFC 6749 §2.3.1)', () => {
  const [, coded = ''] = basicAuth('a client', 'p:a+s/s%ü').split(' ')
  expect(Buffer.from(coded, 'base64').toString()).toBe('a+client:p%3Aa%2Bs%2Fs%25%C3%BC')
})

test('the discovery document stands below the issuer, with one slash', () => {
  for (const issuer of ['https://a.example/x', 'https://a.example/x/'])
    expect(discoveryOf(issuer)).toBe('https://a.example/x/.well-known/openid-configuration')
})
